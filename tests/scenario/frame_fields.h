// The fields of every frame class under their names on the wire, in one list that
// serves reading and writing. An archive is called with a name and a field:
//
//   a(name, field)  a.Required(name, field)  a.Name(name, text)   empty text is null
//   a.Time(name, field)  clock times  a.Derived(name, value)      follows from others
//
// Classes without a list of their own have that of their parent. Thread: any.
#pragma once

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/frames/transport_frames.h"

namespace repartee::scenario {

template <class A, class Base, FrameType T, bool I>
void Fields(A&, PlainFrame<Base, T, I>&) {}
// Whom it pauses is an object of the program, nothing that a file could name.
template <class A, class Base, FrameType T>
void Fields(A&, ProcessorFrame<Base, T>&) {}

// ---------------------------------------------------------------- life cycle

template <class A>
void Fields(A& a, StartFrame& f) {
  a("audio_in_sample_rate", f.audio_in_sample_rate);
  a("audio_out_sample_rate", f.audio_out_sample_rate);
  a("enable_metrics", f.enable_metrics);
  a("enable_tracing", f.enable_tracing);
  a("enable_usage_metrics", f.enable_usage_metrics);
  a("report_only_initial_ttfb", f.report_only_initial_ttfb);
}
template <class A>
void Fields(A& a, EndFrame& f) {
  a.Name("reason", f.reason);
}
template <class A>
void Fields(A& a, CancelFrame& f) {
  a.Name("reason", f.reason);
}
template <class A>
void Fields(A& a, EndWorkerFrame& f) {
  a.Name("reason", f.reason);
}
template <class A>
void Fields(A& a, CancelWorkerFrame& f) {
  a.Name("reason", f.reason);
}
template <class A>
void Fields(A& a, ErrorFrame& f) {
  a.Required("error", f.error);
  a("fatal", f.fatal);
  a.Name("processor", f.processor);
  a.Name("exception", f.exception);
  // One that a file gives may have none.
  if (A::kReading || !f.processor.empty() || f.category != ErrorCategory::kUnknown) a("category", f.category);
}
template <class A>
void Fields(A& a, HeartbeatFrame& f) {
  a.Required("timestamp", f.timestamp);
}
template <class A>
void Fields(A& a, PipelineFlushFrame& f) {
  a("flush_id", f.flush_id);
  a("returning", f.returning);
  a.Name("origin", f.origin);
}

// ---------------------------------------------------------------- audio

template <class A, class F>
void AudioFields(A& a, F& f) {
  a.Required("audio", f.audio);
  a.Required("sample_rate", f.sample_rate);
  a.Required("num_channels", f.num_channels);
  // Wrong channels are an error of their own, not a division by zero.
  if (f.num_channels > 0) a.Derived("num_frames", f.num_frames());
}
template <class A>
void Fields(A& a, InputAudioRawFrame& f) {
  AudioFields(a, f);
}
template <class A>
void Fields(A& a, UserAudioRawFrame& f) {
  AudioFields(a, f);
  a("user_id", f.user_id);
}
template <class A>
void Fields(A& a, OutputAudioRawFrame& f) {
  AudioFields(a, f);
}
template <class A>
void Fields(A& a, TTSAudioRawFrame& f) {
  AudioFields(a, f);
  a.Name("context_id", f.context_id);
}

template <class A, FrameType T>
void Fields(A& a, AudioSettingsFrame<T>& f) {
  a.Required("settings", f.settings);
}
template <class A, FrameType T>
void Fields(A& a, AudioEnableFrame<T>& f) {
  a.Required("enable", f.enable);
}
template <class A>
void Fields(A& a, VolumeFrame& f) {
  a.Required("volume", f.volume);
}
template <class A>
void Fields(A& a, VolumeGainFrame& f) {
  a.Required("gain", f.gain);
}

// ---------------------------------------------------------------- images, files, keys

template <class A>
void Fields(A& a, UserImageRequestFrame& f) {
  a.Required("user_id", f.user_id);
  a("text", f.text);
  a("append_to_context", f.append_to_context);
  a.Name("video_source", f.video_source);
  a.Name("function_name", f.function_name);
  a.Name("tool_call_id", f.tool_call_id);
}
template <class A, class F>
void ImageFields(A& a, F& f) {
  a.Bytes("image", f.image);
  a.Required("size", f.size);
  a.Required("format", f.format);
}
template <class A>
void Fields(A& a, InputImageRawFrame& f) {
  ImageFields(a, f);
}
template <class A>
void Fields(A& a, UserImageRawFrame& f) {
  ImageFields(a, f);
  a("user_id", f.user_id);
  a("text", f.text);
  a("append_to_context", f.append_to_context);
  a("run_llm", f.run_llm);
}
template <class A>
void Fields(A& a, InputFileRawFrame& f) {
  a.Required("file", f.file);
  a.Required("type", f.type);
  a.Required("filename", f.filename);
  a.Required("format", f.format);
}
template <class A>
void Fields(A& a, UserFileRawFrame& f) {
  Fields(a, static_cast<InputFileRawFrame&>(f));
  a("user_id", f.user_id);
  a("text", f.text);
  a("append_to_context", f.append_to_context);
  a("custom_options", f.custom_options);
  a("run_llm", f.run_llm);
}
template <class A>
void Fields(A& a, OutputImageRawFrame& f) {
  ImageFields(a, f);
  a("sync_with_audio", f.sync_with_audio);
}
template <class A>
void Fields(A& a, URLImageRawFrame& f) {
  Fields(a, static_cast<OutputImageRawFrame&>(f));
  a.Name("url", f.url);
}
template <class A>
void Fields(A& a, AssistantImageRawFrame& f) {
  Fields(a, static_cast<OutputImageRawFrame&>(f));
  a.Name("original_mime_type", f.original_mime_type);
}
// Its images are frames of their own.
template <class A>
void Fields(A&, SpriteFrame&) {}
template <class A>
void Fields(A& a, InputDTMFFrame& f) {
  a.Required("button", f.button);
}
template <class A, class Base, FrameType T>
void Fields(A& a, DTMFFrame<Base, T>& f) {
  a("buttons", f.buttons);
}

// ---------------------------------------------------------------- text

template <class A>
void Fields(A& a, TextFrame& f) {
  a.Required("text", f.text);
  a("skip_tts", f.skip_tts);
  a("includes_inter_frame_spaces", f.includes_inter_frame_spaces);
  a("append_to_context", f.append_to_context);
}
template <class A>
void Fields(A& a, AggregatedTextFrame& f) {
  Fields(a, static_cast<TextFrame&>(f));
  a.Required("text_type", f.text_type);
  a.Name("context_id", f.context_id);
  a("raw_text", f.raw_text);
  a("will_be_spoken", f.will_be_spoken);
}
template <class A>
void Fields(A& a, TTSTextFrame& f) {
  Fields(a, static_cast<AggregatedTextFrame&>(f));
  a("segment_id", f.segment_id);
}
template <class A>
void Fields(A& a, TranscriptionFrame& f) {
  Fields(a, static_cast<TextFrame&>(f));
  a.Required("user_id", f.user_id);
  a.Time("timestamp", f.timestamp);
  a.Name("language", f.language);
  a("finalized", f.finalized);
}
template <class A, FrameType T>
void Fields(A& a, UserTextFrame<T>& f) {
  Fields(a, static_cast<TextFrame&>(f));
  a.Required("user_id", f.user_id);
  a.Time("timestamp", f.timestamp);
  a.Name("language", f.language);
}
template <class A>
void Fields(A& a, UserBackchannelFrame& f) {
  a.Required("text", f.text);
  a.Required("user_id", f.user_id);
  a.Time("timestamp", f.timestamp);
}
template <class A>
void Fields(A& a, InputTextRawFrame& f) {
  a.Required("text", f.text);
}
template <class A>
void Fields(A& a, AggregatedTextProgressFrame& f) {
  a.Required("segment_id", f.segment_id);
  a.Name("context_id", f.context_id);
  a.Required("text", f.text);
  a.Required("text_type", f.text_type);
  a("accumulated_text", f.accumulated_text);
  a("remaining_text", f.remaining_text);
}
template <class A>
void Fields(A& a, TTSSpeakFrame& f) {
  a.Required("text", f.text);
  a("append_to_context", f.append_to_context);
  a("text_type", f.text_type);
}

// ---------------------------------------------------------------- speaking

template <class A>
void Fields(A& a, VADUserStartedSpeakingFrame& f) {
  a("start_secs", f.start_secs);
  a.Time("timestamp", f.timestamp);
}
template <class A>
void Fields(A& a, VADUserStoppedSpeakingFrame& f) {
  a("stop_secs", f.stop_secs);
  a.Time("timestamp", f.timestamp);
}
template <class A>
void Fields(A& a, UserIdleTimeoutUpdateFrame& f) {
  a.Required("timeout", f.timeout);
}
template <class A>
void Fields(A& a, SpeechControlParamsFrame& f) {
  a("vad_params", f.vad_params);
}
template <class A>
void Fields(A& a, VADParamsUpdateFrame& f) {
  a.Required("params", f.params);
}

// ---------------------------------------------------------------- model

template <class A>
void Fields(A& a, LLMContextFrame& f) {
  a.Required("context", f.context);
  a("speculation", f.speculation);
}
template <class A>
void Fields(A& a, LLMFullResponseStartFrame& f) {
  a("skip_tts", f.skip_tts);
}
template <class A>
void Fields(A& a, LLMFullResponseEndFrame& f) {
  a("skip_tts", f.skip_tts);
}
template <class A, FrameType T>
void Fields(A& a, LLMMessagesFrame<T>& f) {
  a.Required("messages", f.messages);
  a("run_llm", f.run_llm);
}
// What it does with the messages is code.
template <class A>
void Fields(A& a, LLMMessagesTransformFrame& f) {
  a("run_llm", f.run_llm);
}
template <class A>
void Fields(A& a, LLMThoughtStartFrame& f) {
  a("append_to_context", f.append_to_context);
  a.Name("llm", f.llm);
}
template <class A>
void Fields(A& a, LLMThoughtTextFrame& f) {
  a.Required("text", f.text);
  a("includes_inter_frame_spaces", f.includes_inter_frame_spaces);
}
template <class A>
void Fields(A& a, LLMThoughtEndFrame& f) {
  a("signature", f.signature);
}
template <class A>
void Fields(A& a, LLMMarkerFrame& f) {
  a.Required("marker", f.marker);
  a("append_to_context_immediately", f.append_to_context_immediately);
}
template <class A>
void Fields(A& a, LLMMarkerResponseFrame& f) {
  a.Required("raw", f.raw);
  a.Name("marker", f.marker);
  a.Name("kind", f.kind);
  a("markers", f.markers);
}
// The configuration is told by the request that it makes.
template <class A>
void Fields(A&, LLMSummarizeContextFrame&) {}
template <class A>
void Fields(A& a, LLMContextSummaryRequestFrame& f) {
  a.Required("request_id", f.request_id);
  a.Required("context", f.context);
  a.Required("min_messages_to_keep", f.min_messages_to_keep);
  a.Required("target_context_tokens", f.target_context_tokens);
  a.Required("summarization_prompt", f.summarization_prompt);
  a("summarization_timeout", f.summarization_timeout);
}
template <class A>
void Fields(A& a, LLMContextSummaryResultFrame& f) {
  a.Required("request_id", f.request_id);
  a.Required("summary", f.summary);
  a.Required("last_summarized_index", f.last_summarized_index);
  a.Name("error", f.error);
}
template <class A>
void Fields(A& a, LLMSetToolsFrame& f) {
  a.Required("tools", f.tools);
}
template <class A>
void Fields(A& a, LLMSetToolChoiceFrame& f) {
  a.Required("tool_choice", f.tool_choice);
}
template <class A>
void Fields(A& a, LLMConfigureOutputFrame& f) {
  a.Required("skip_tts", f.skip_tts);
}
template <class A, FrameType T>
void Fields(A& a, LLMContextTurnFrame<T>& f) {
  a.Required("text", f.text);
  a.Time("timestamp", f.timestamp);
}
template <class A>
void Fields(A& a, LLMContextAssistantTimestampFrame& f) {
  a.Time("timestamp", f.timestamp);
}

// ---------------------------------------------------------------- function calls

template <class A>
void Fields(A& a, FunctionCallsStartedFrame& f) {
  a.Required("function_calls", f.function_calls);
}
template <class A, class F>
void CallFields(A& a, F& f) {
  a.Required("function_name", f.function_name);
  a.Required("tool_call_id", f.tool_call_id);
}
template <class A>
void Fields(A& a, FunctionCallInProgressFrame& f) {
  CallFields(a, f);
  a.Required("arguments", f.arguments);
  a("cancel_on_interruption", f.cancel_on_interruption);
  a.Name("group_id", f.group_id);
}
template <class A>
void Fields(A& a, FunctionCallResultFrame& f) {
  CallFields(a, f);
  a.Required("arguments", f.arguments);
  a.Required("result", f.result);
  a("run_llm", f.run_llm);
  a("properties", f.properties);
  a("error", f.error);
}
template <class A>
void Fields(A& a, FunctionCallCancelFrame& f) {
  CallFields(a, f);
  a("run_llm", f.run_llm);
}

template <class A>
void Fields(A& a, ExternalFunctionCallsStartedFrame& f) {
  a.Required("function_calls", f.function_calls);
}
template <class A>
void Fields(A& a, ExternalFunctionCallInProgressFrame& f) {
  CallFields(a, f.call);
  a.Required("arguments", f.call.arguments);
}
template <class A>
void Fields(A& a, ExternalFunctionCallResultFrame& f) {
  CallFields(a, f.call);
  a.Required("arguments", f.call.arguments);
  a.Required("result", f.result);
  a("is_final", f.is_final);
}
template <class A>
void Fields(A& a, ExternalFunctionCallCancelFrame& f) {
  CallFields(a, f);
}

// ---------------------------------------------------------------- services, transports

template <class A>
void Fields(A& a, ServiceMetadataFrame& f) {
  a.Required("service_name", f.service_name);
}
template <class A>
void Fields(A& a, STTMetadataFrame& f) {
  a.Required("service_name", f.service_name);
  a.Required("ttfs_p99_latency", f.ttfs_p99_latency);
}
template <class A>
void Fields(A& a, LLMServiceMetadataFrame& f) {
  a.Required("service_name", f.service_name);
  a("is_realtime_service", f.is_realtime_service);
}
template <class A>
void Fields(A& a, STTMuteFrame& f) {
  a.Required("mute", f.mute);
}
template <class A>
void Fields(A& a, ServiceUpdateSettingsFrame& f) {
  // A step gives the changes as "settings"; the frame's own name for them is "delta".
  a.Required(A::kReading ? "settings" : "delta", f.delta);
  if (A::kReading || f.reach_inactive_services) a("reach_inactive_services", f.reach_inactive_services);
}
// Which service it names is an object of the program.
template <class A, FrameType T>
void Fields(A&, ServiceSwitcherFrame<T>&) {}
template <class A>
void Fields(A& a, TTSStartedFrame& f) {
  a.Name("context_id", f.context_id);
  a("append_to_context", f.append_to_context);
}
template <class A>
void Fields(A& a, TTSStoppedFrame& f) {
  a.Name("context_id", f.context_id);
}
template <class A>
void Fields(A& a, MetricsFrame& f) {
  a.Required("data", f.data);
}
template <class A, class Base, FrameType T, class Content>
void Fields(A& a, TransportMessage<Base, T, Content>& f) {
  a.Required("message", f.message);
}

}  // namespace repartee::scenario
