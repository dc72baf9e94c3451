#include "repartee/cli/talk.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>

#include "repartee/agent/clip_conversation.h"
#include "repartee/agent/conversation_recording.h"
#include "repartee/cli/agent_options.h"
#include "repartee/cli/talk_report.h"
#include "repartee/cli/trace_target.h"
#include "repartee/transports/local_audio/local_audio_transport.h"
#include "repartee/transports/local_audio/portaudio_device.h"

namespace repartee::cli {
namespace {

constexpr int kRecordingRate = 24000;  // Hz

Result<std::optional<ConversationRecorder>> OpenRecording(const TalkOptions& options) {
  if (options.out.empty() || options.in.empty()) return std::optional<ConversationRecorder>();
  std::error_code error;
  if (std::filesystem::equivalent(options.in, options.out, error)) {
    return Status::InvalidArgument("--out is the same file as --in ({}); give it another name", options.out);
  }
  auto recorder = ConversationRecorder::Create(options.out, kRecordingRate);
  if (!recorder.ok()) return std::move(recorder).status();
  return std::make_optional(*std::move(recorder));
}

Result<std::unique_ptr<AgentStack>> LoadStack(const TalkOptions& options) {
  const Nanos begin = Clock::System().MonotonicNow();
  const bool terminal = isatty(STDERR_FILENO) != 0;
  if (terminal && !options.json) fmt::print(stderr, "Loading the models ...\r");
  auto stack = AgentStack::Load(options.agent);
  const double seconds = ToSeconds(Clock::System().MonotonicNow() - begin);
  if (stack.ok() && !options.json) fmt::print(stderr, "The models were loaded in {:.1f} s\n", seconds);
  return stack;
}

ClipConversationOptions ConversationOptions(const TalkOptions& options) {
  ClipConversationOptions conversation;
  conversation.silence_before = options.silence_before;
  conversation.hang_up.silence_after = options.silence_after;
  conversation.conversation_id = options.conversation_id;
  conversation.enable_tracing = true;
  if (!options.json) {
    conversation.on_said = [](const Said& said) {
      fmt::print("{}\n", ToLine(said));
      std::fflush(stdout);
    };
  }
  return conversation;
}

Status Judge(const ClipConversationResult& result, const HangUpOptions& hang_up) {
  if (result.gave_up) {
    return Status::DeadlineExceeded("the conversation did not end within {:.0f} s of the clip's end",
                                    ToSeconds(hang_up.limit));
  }
  if (!result.errors.empty()) return Status::Unavailable("{}", result.errors.front());
  return OkStatus();
}

// `recorder` may be null.
Result<ClipConversationResult> TalkToClip(const TalkOptions& options, WavAudio clip,
                                          ConversationRecorder* recorder, EventLoop& loop,
                                          AgentStack& stack) {
  ClipConversationOptions conversation = ConversationOptions(options);
  conversation.recorder = recorder;
  auto result = RunClipConversation(loop, stack, options.agent, std::move(clip), std::move(conversation));
  if (result.ok() && recorder) {
    if (Status status = recorder->Finish(); !status.ok()) return status;
  }
  return result;
}

// With whoever sits at this machine, until Ctrl-C.
Result<ClipConversationResult> TalkHere(const TalkOptions& options, AudioDevice& device, EventLoop& loop,
                                        AgentStack& stack) {
  TransportParams params;
  // The card has the last of it in hand when it is closed.
  params.audio_out_end_silence = std::chrono::milliseconds(200);
  LocalAudioTransport transport(device, params);
  std::optional<ConversationRecording> recording;
  if (!options.out.empty()) {
    recording.emplace();
    transport.input().on_client_connected.Connect([&] { recording->Start(options.out); });
  }
  if (!options.json) {
    fmt::print(stderr,
               "Speak; wear headphones, else the agent hears itself. Ctrl-C ends the conversation.\n");
  }
  return RunLiveConversation(loop, stack, options.agent, transport.input(), transport.output(),
                             {.behind_output = recording ? &recording->processor() : nullptr},
                             ConversationOptions(options));
}

}  // namespace

Status RunTalk(TalkOptions options) {
  options.agent.run_inline = options.fast;
  const bool from_clip = !options.in.empty();
  Result<WavAudio> clip = from_clip ? ReadWav(options.in) : WavAudio{};
  if (!clip.ok()) return std::move(clip).status();
  std::unique_ptr<AudioDevice> device;
  if (!from_clip) {
    auto opened = OpenPortAudio();
    if (!opened.ok()) return std::move(opened).status();
    device = *std::move(opened);
  }
  Result<TraceTarget> traces = TraceTarget::SetUp("repartee-talk");
  if (!traces.ok()) return std::move(traces).status();
  auto recording = OpenRecording(options);
  if (!recording.ok()) return std::move(recording).status();
  if (Status status = AddMCPTools(options.agent); !status.ok()) return status;
  // Outlives the models, whose threads answer to it.
  EventLoop loop(options.fast ? EventLoop::Time::kVirtual : EventLoop::Time::kReal);
  auto stack = LoadStack(options);
  if (!stack.ok()) return std::move(stack).status();
  ConversationRecorder* const recorder = *recording ? &**recording : nullptr;
  const auto result = from_clip ? TalkToClip(options, *std::move(clip), recorder, loop, **stack)
                                : TalkHere(options, *device, loop, **stack);
  if (!result.ok()) return result.status();
  const bool delivered = traces->Finish();
  const TalkReport report{*result, (*stack)->language_model(), options.out, traces->spans(),
                          traces->Describe()};
  fmt::print("{}", options.json ? ToJson(report) : ToText(report, isatty(STDOUT_FILENO) != 0));
  if (!delivered) {
    fmt::print(stderr,
               "repartee talk: the trace could not be delivered; check OTEL_EXPORTER_OTLP_ENDPOINT and "
               "OTEL_EXPORTER_OTLP_HEADERS\n");
  }
  return Judge(*result, HangUpOptions());
}

namespace {

// Seconds, as people give them.
struct GivenTimes {
  double user_speech_timeout = ToSeconds(TalkOptions().agent.user_speech_timeout);
  double silence_before = ToSeconds(TalkOptions().silence_before);
  double silence_after = ToSeconds(TalkOptions().silence_after);
};

void AddTimes(CLI::App& talk, GivenTimes& times) {
  const CLI::Range seconds(0.0, 60.0);
  talk.add_option("--user-speech-timeout", times.user_speech_timeout,
                  "Seconds that the caller may pause before it is the agent's turn")
      ->check(seconds)
      ->capture_default_str();
  talk.add_option("--silence-before", times.silence_before, "Seconds of silence before the clip")
      ->check(seconds)
      ->capture_default_str();
  talk.add_option("--silence-after", times.silence_after, "Seconds of silence behind the clip, at least")
      ->check(seconds)
      ->capture_default_str();
}

}  // namespace

void AddTalkCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TalkOptions>();
  auto times = std::make_shared<GivenTimes>();
  CLI::App* talk =
      app.add_subcommand("talk", "One conversation here: you or a recorded clip speak, the agent answers");
  CLI::Option* const in =
      talk->add_option("--in", options->in,
                       "WAV file of the caller: any rate, 8 to 32 bit or float; without it the microphone is "
                       "listened to and the loudspeakers speak");
  talk->add_option("--out", options->out, "WAV file to write: the caller left, the agent right");
  CLI::Option* realtime =
      talk->add_flag_function("--realtime", [](std::int64_t) {}, "At the pace of a call (the default)");
  talk->add_flag("--fast", options->fast,
                 "In virtual time, models counting no time: for tests, not for figures")
      ->needs(in)
      ->excludes(realtime);
  AddAgentSettings(*talk, options->agent);
  AddTimes(*talk, *times);
  talk->add_option("--conversation-id", options->conversation_id, "Name of the conversation in the trace");
  talk->add_flag("--json", options->json, "Print one JSON object");
  talk->footer(
      "Examples:\n  repartee talk\n  repartee talk --in question.wav --out answer.wav\n"
      "  repartee talk --in question.wav --llm http://localhost:11434/v1 --llm-model llama3.2");
  talk->callback([options, times, talk, &exit_code] {
    if (talk->count("--user-speech-timeout") > 0) {
      options->agent.user_speech_timeout = FromSeconds(times->user_speech_timeout);
    }
    options->silence_before = FromSeconds(times->silence_before);
    options->silence_after = FromSeconds(times->silence_after);
    const Status status = RunTalk(*options);
    if (status.ok()) return;
    fmt::print(stderr, "repartee talk: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace repartee::cli
