#include "tests/scenario/test_services.h"

#include <algorithm>

#include "repartee/conversation/llm_context.h"
#include "repartee/services/tts_service.h"
#include "repartee/transports/base_output.h"
#include "tests/scenario/scripted_functions.h"

namespace repartee::scenario {
namespace {

Nanos Milliseconds(double ms) { return FromSeconds(ms / 1000); }

class ToolLlm final : public LLMService {
 public:
  ToolLlm(Json settings, LLMServiceOptions options, std::vector<FunctionCallFromLLM> calls)
      : LLMService("ToolLLM", std::move(settings), std::move(options)), calls_(std::move(calls)) {}
  bool CanGenerateMetrics() const override { return false; }

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    const Json& messages = context->messages();
    if (!messages.empty() && messages.back()["role"] == "user") {
      std::vector<FunctionCallRequest> batch;
      for (FunctionCallFromLLM call : calls_) {
        call.context = context;
        batch.push_back({std::move(call), {}});
      }
      RunFunctionCalls(std::move(batch));
    }
    co_return OkStatus();
  }

 private:
  const std::vector<FunctionCallFromLLM> calls_;
};

class StreamLlm final : public LLMService {
 public:
  StreamLlm(Json settings, std::vector<std::string> words, double gap_ms)
      : LLMService("StreamLLM", std::move(settings)), words_(std::move(words)), gap_(Milliseconds(gap_ms)) {}
  bool CanGenerateMetrics() const override { return false; }

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    for (const std::string& word : words_) {
      co_await Sleep(loop(), gap_);
      PushText(word);
    }
    co_return OkStatus();
  }

 private:
  const std::vector<std::string> words_;
  const Nanos gap_;
};

class SyncTts final : public TTSService {
 public:
  SyncTts(Json settings, TTSServiceOptions options, double audio_ms, std::optional<double> word_gap_ms)
      : TTSService("SyncTTS", std::move(settings), std::move(options)),
        audio_ms_(audio_ms),
        word_gap_ms_(word_gap_ms) {}

 protected:
  Task<Status> RunTts(std::string text, std::string context_id) override {
    const auto samples = static_cast<std::size_t>(audio_ms_ * sample_rate() / 1000);
    AudioBuffer sound = AudioBuffer::Allocate(2 * samples);
    std::ranges::fill(sound.writable(), std::int16_t{10000});
    AppendAudio(context_id, std::move(sound));
    if (word_gap_ms_) AppendWords(context_id, WordsOf(text));
    co_return OkStatus();
  }

 private:
  std::vector<TimedWord> WordsOf(std::string_view text) const {
    std::vector<TimedWord> words;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      const Nanos start = Milliseconds(*word_gap_ms_ * static_cast<double>(words.size()));
      if (end > 0) words.push_back({std::string(text.substr(0, end)), start});
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
  }

  const double audio_ms_;
  const std::optional<double> word_gap_ms_;
};

class PacedOutput final : public BaseOutputTransport {
 public:
  PacedOutput(TransportParams params, CaseLog& log) : BaseOutputTransport("PacedOutput", params), log_(log) {}

 protected:
  Task<Status> WriteAudio(Ref<const OutputAudioRawFrame> chunk) override {
    log_.NoteAudioWrite(*chunk, chunk->audio.bytes());
    co_await Sleep(loop(), FromSeconds(static_cast<double>(chunk->num_frames()) / chunk->sample_rate));
    co_return OkStatus();
  }

 private:
  CaseLog& log_;
};

Json ReadModel(ObjectReader& read) {
  std::string model;
  read.Required("model", model);
  return {{"model", model}};
}

// A switch of the reference's base class that this runtime's has always on.
void AlwaysOn(ObjectReader& read, std::string_view key) {
  bool on = false;
  read.Required(key, on);
  if (!on) read.Note(key, Status::InvalidArgument("false is not offered"));
}

void ReadSilence(ObjectReader& read, Nanos& silence) {
  bool wanted = false;
  Nanos length = std::chrono::seconds(2);
  read("push_silence_after_stop", wanted);
  read.Seconds("silence_time_s", length);
  if (wanted) silence = length;
}

void ReadMode(ObjectReader& read, TextAggregationMode& mode) {
  std::string name = "sentence";
  read("text_aggregation_mode", name);
  if (name == "token") {
    mode = TextAggregationMode::kToken;
  } else if (name != "sentence") {
    read.Note("text_aggregation_mode", Status::InvalidArgument("sentence or token is needed"));
  }
}

}  // namespace

Result<ProcessorPtr> MakeToolLlm(ObjectReader& read, CaseLog&) {
  std::vector<FunctionCallFromLLM> calls;
  Json settings = ReadModel(read);
  read.Required("calls", calls);
  LLMServiceOptions options;
  read("run_in_parallel", options.functions.run_in_parallel);
  read("group_parallel_tools", options.functions.group_parallel_tools);
  read.Seconds("function_call_timeout_secs", options.functions.timeout);
  auto llm = std::make_unique<ToolLlm>(std::move(settings), std::move(options), std::move(calls));
  RegisterFunctions(*llm, ReadFunctions(read, "functions"));
  return ProcessorPtr(std::move(llm));
}

Result<ProcessorPtr> MakeStreamLlm(ObjectReader& read, CaseLog&) {
  std::vector<std::string> words;
  double gap_ms = 0;
  Json settings = ReadModel(read);
  read.Required("words", words);
  read.Required("gap_ms", gap_ms);
  return ProcessorPtr(std::make_unique<StreamLlm>(std::move(settings), std::move(words), gap_ms));
}

Result<ProcessorPtr> MakeSyncTts(ObjectReader& read, CaseLog& log) {
  // The voice of the recordings left its sound without a context; this base class always names one.
  log.LeaveOut(FrameType::kTTSAudioRaw, "context_id");
  Json given = Json::object();
  double audio_ms = 0;
  std::optional<double> word_gap_ms;
  read.Required("params", given);
  read.Required("audio_ms", audio_ms);
  read("word_gap_ms", word_gap_ms);

  Json settings = Json::object();
  TTSServiceOptions options;
  ObjectReader params(given, "params");
  params.Required("settings", settings);
  params.Required("sample_rate", options.sample_rate);
  AlwaysOn(params, "push_start_frame");
  AlwaysOn(params, "push_stop_frames");
  params("push_text_frames", options.push_text_frames);
  params.Seconds("stop_frame_timeout_s", options.stop_frame_timeout);
  params("append_trailing_space", options.append_trailing_space);
  params("reuse_context_id_within_turn", options.reuse_context_id_within_turn);
  params("max_consecutive_zero_audio_contexts", options.max_consecutive_zero_audio_contexts);
  params("skip_text_types", options.skip_text_types);
  ReadSilence(params, options.silence_after_stop);
  ReadMode(params, options.text_aggregation_mode);
  read.Note("params", params.Finish());
  return ProcessorPtr(
      std::make_unique<SyncTts>(std::move(settings), std::move(options), audio_ms, word_gap_ms));
}

Result<ProcessorPtr> MakePacedOutput(ObjectReader& read, CaseLog& log) {
  Json given = Json::object();
  read.Required("params", given);
  TransportParams params;
  ObjectReader from(given, "params");
  from("audio_out_enabled", params.audio_out_enabled);
  from("audio_out_sample_rate", params.audio_out_sample_rate);
  from("audio_out_channels", params.audio_out_channels);
  from("audio_out_10ms_chunks", params.audio_out_10ms_chunks);
  from.Seconds("audio_out_end_silence_secs", params.audio_out_end_silence);
  from.Seconds("audio_out_write_timeout_secs", params.audio_out_write_timeout);
  from("audio_out_volume", params.audio_out_volume);
  read.Note("params", from.Finish());
  return ProcessorPtr(std::make_unique<PacedOutput>(params, log));
}

}  // namespace repartee::scenario
