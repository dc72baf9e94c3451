#include "repartee/services/tts_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "repartee/base/random.h"
#include "repartee/frames/llm_frames.h"

namespace repartee {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

SentenceAggregatorOptions AggregatorOptions(const TTSServiceOptions& options) {
  SentenceAggregatorOptions result;
  result.mode = options.text_aggregation_mode;
  result.protected_tags = options.protected_tags;
  return result;
}

}  // namespace

// The context queue with this service as its way out.
class TTSService::Playback final : public TtsContextQueue::Sink {
 public:
  Playback(TTSService& service, TtsContextQueue::Options options)
      : queue(service.loop(), *this, options), emptied(service.loop(), 1), service_(service) {}

  TtsContextQueue queue;
  Mailbox<bool> emptied;  // for the one who waits for the end

 private:
  void Deliver(FramePtr frame) override { service_.Push(std::move(frame)); }
  Nanos PipelineNow() const override { return service_.clock_now(); }
  void OnFirstAudio(const TtsContext& context) override { service_.NoteFirstAudio(context); }
  void OnAudio(const TtsContext& context, std::span<const std::int16_t> samples) override {
    service_.NoteAudio(context, samples);
  }
  void OnClosed(const TtsContext& context) override { service_.NoteClosed(context); }
  void OnEmpty() override { emptied.Send(true); }
  bool SoundUnderWay() const override { return service_.SoundUnderWay(); }

  TTSService& service_;
};

TTSService::TTSService(const char* class_name, Json settings, TTSServiceOptions options)
    : AIService(class_name, std::move(settings)),
      options_(std::move(options)),
      aggregator_(AggregatorOptions(options_)) {}

TTSService::~TTSService() = default;

int TTSService::sample_rate() const {
  return options_.sample_rate > 0 ? options_.sample_rate : setup().audio_out_sample_rate;
}

Status TTSService::OnSetup() {
  TtsContextQueue::Options options;
  options.word_times = !options_.push_text_frames;
  options.quiet_limit = options_.stop_frame_timeout;
  options.silence_at_end = options_.silence_after_stop;
  options.rate_hz = sample_rate();
  playback_ = std::make_unique<Playback>(*this, options);
  if (setup().tracing_context) traces_.emplace(setup().tracing_context);
  return OkStatus();
}

void TTSService::OnCleanup() {
  playback_->queue.Clear();
  traces_.reset();
}

// ---------------------------------------------------------------- frames

Status TTSService::Process(FramePtr frame, Direction direction) {
  if (direction == Direction::kUpstream) return AIService::Process(std::move(frame), direction);
  switch (frame->type()) {
    case FrameType::kText:
    case FrameType::kLLMText: return TakeText(*frame->As<TextFrame>());
    case FrameType::kAggregatedText: return TakeAggregated(std::move(frame));
    case FrameType::kTTSSpeak:
    case FrameType::kBotBackchannel: return TakeSpeak(*frame->As<TTSSpeakFrame>());
    case FrameType::kLLMFullResponseStart:
      in_answer_ = true;
      answer_has_text_ = false;
      last_text_skipped_ = frame->As<LLMFullResponseStartFrame>()->skip_tts.value_or(false);
      break;
    case FrameType::kLLMFullResponseEnd: return Wait(FinishAnswer(std::move(frame)));
    case FrameType::kEnd: return Wait(FinishConversation(std::move(frame)));
    case FrameType::kTTSUpdateSettings:
      return TakeUpdate<TTSUpdateSettingsFrame>(std::move(frame), direction);
    case FrameType::kInterruption: Interrupt(); break;
    case FrameType::kCancel: TraceCut(false); break;
    default: break;
  }
  if (frame->is_system()) return AIService::Process(std::move(frame), direction);
  playback_->queue.Enqueue(std::move(frame));
  return OkStatus();
}

Status TTSService::TakeText(const TextFrame& frame) {
  if (!aggregating_ && options_.text_aggregation_mode != TextAggregationMode::kToken) {
    aggregating_ = true;
    StartTextAggregation();
  }
  last_text_skipped_ = frame.skip_tts.value_or(last_text_skipped_);
  std::vector<Utterance> utterances = Released(aggregator_.Add(frame.text), last_text_skipped_);
  if (utterances.empty()) return OkStatus();
  return Wait(SpeakAll(std::move(utterances)));
}

Status TTSService::TakeAggregated(FramePtr frame) {
  const auto& text = *frame->As<AggregatedTextFrame>();
  const auto& skipped = options_.skip_text_types;
  if (text.skip_tts.value_or(false) ||
      std::find(skipped.begin(), skipped.end(), text.text_type) != skipped.end()) {
    playback_->queue.Enqueue(std::move(frame));
    return OkStatus();
  }
  Utterance utterance;
  utterance.text = text.text;
  utterance.raw_text = text.raw_text;
  utterance.type = text.text_type;
  utterance.append_to_context = text.append_to_context;
  return Wait(Speak(std::move(utterance)));
}

Status TTSService::TakeSpeak(const TTSSpeakFrame& frame) {
  Utterance utterance;
  utterance.text = frame.text;
  utterance.raw_text = frame.text;
  utterance.type = frame.text_type;
  utterance.append_to_context = frame.append_to_context;
  utterance.interruptible = frame.interruptible();
  utterance.own_context = true;
  utterance.stand_alone = !in_answer_;
  return Wait(Speak(std::move(utterance)));
}

// Before the aggregator forgets it.
void TTSService::TraceCut(bool by_interruption) {
  if (!traces_ || aggregator_.empty()) return;
  traces_->Cut({class_name(), model_name(), settings()}, turn_context_id_, aggregator_.Flush().value_or(""),
               by_interruption);
}

void TTSService::Interrupt() {
  TraceCut(true);
  aggregator_.Clear();
  aggregating_ = false;
  in_answer_ = false;
  last_text_skipped_ = false;
  turn_context_id_.clear();
  leading_silence_.reset();
  for (const std::string& id : playback_->queue.DropInterruptible()) {
    if (traces_) traces_->Interrupted(id);
    if (observer_) observer_->OnInterrupted(*this, id);
    OnContextInterrupted(id);
  }
}

std::vector<TTSService::Utterance> TTSService::Released(std::vector<std::string> pieces, bool skip) {
  std::vector<Utterance> utterances;
  const bool tokens = options_.text_aggregation_mode == TextAggregationMode::kToken;
  for (std::string& piece : pieces) {
    // Leading newlines are never spoken; a token keeps its blanks but at the head of the answer.
    if (!tokens || !answer_has_text_) {
      piece.erase(0, std::min(piece.find_first_not_of(tokens ? kBlanks : "\r\n"), piece.size()));
    }
    if (piece.empty() || (!tokens && piece.find_first_not_of(kBlanks) == std::string::npos)) continue;
    answer_has_text_ = true;
    Utterance utterance;
    utterance.raw_text = piece;
    utterance.text = std::move(piece);
    utterance.type = tokens ? TextType::kToken : TextType::kSentence;
    utterance.own_context = !in_answer_ || !options_.reuse_context_id_within_turn;
    utterance.skip = skip;
    utterances.push_back(std::move(utterance));
  }
  if (!utterances.empty() && std::exchange(aggregating_, false)) StopTextAggregation();
  return utterances;
}

std::vector<TTSService::Utterance> TTSService::Rest() {
  std::vector<std::string> pieces;
  if (auto rest = aggregator_.Flush()) pieces.push_back(*std::move(rest));
  return Released(std::move(pieces), last_text_skipped_);
}

// ---------------------------------------------------------------- speaking

Task<Status> TTSService::SpeakAll(std::vector<Utterance> utterances) {
  for (Utterance& utterance : utterances) {
    Status status = co_await Speak(std::move(utterance));
    if (!status.ok()) co_return status;
  }
  co_return OkStatus();
}

Task<Status> TTSService::Speak(Utterance utterance) {
  if (utterance.skip) {
    auto unspoken = Make<AggregatedTextFrame>(utterance.text, utterance.type);
    unspoken->raw_text = std::move(utterance.text);
    unspoken->skip_tts = true;
    playback_->queue.Enqueue(std::move(unspoken));
    co_return OkStatus();
  }
  // What nobody will hear is not announced either.
  if (!usable() || utterance.text.find_first_not_of(kBlanks) == std::string::npos) co_return OkStatus();
  const std::string id = ContextFor(utterance);
  if (id.empty()) co_return Status::ResourceExhausted("too much waits to be spoken; a text is dropped");

  auto announced = Make<AggregatedTextFrame>(utterance.text, utterance.type);
  announced->append_to_context = false;
  announced->context_id = id;
  announced->raw_text = utterance.raw_text;
  announced->will_be_spoken = true;
  announced->set_interruptible(utterance.interruptible);
  const auto segment = static_cast<std::int64_t>(announced->id());
  playback_->queue.BeginRequest(id);
  const Finally end_request([this, id] { playback_->queue.EndRequest(id); });
  playback_->queue.Announce(id, std::move(announced));

  std::string text = Spoken(utterance);
  if (TracedTts* trace = Trace(id)) trace->Text(text);
  if (observer_) observer_->OnTextSent(*this, id, text);
  if (on_tts_request.connected()) on_tts_request.Emit(loop(), id, text);
  if (options_.measure_processing) StartProcessing();
  const Status status = co_await RunTts(std::move(text), id);
  if (options_.measure_processing) NoteProcessing(id, StopProcessing());

  if (!status.ok()) {
    FailContext(id, status.message(), CategoryOfStatus(status.code()));
    co_return OkStatus();
  }
  if (options_.push_text_frames) {
    playback_->queue.AddSaid(id, std::move(utterance.text), utterance.type, segment);
  }
  if (utterance.own_context) FlushAudio(id);
  co_return OkStatus();
}

// The id of an open context for it, a new one where needed; empty at the limit.
std::string TTSService::ContextFor(const Utterance& utterance) {
  if (!utterance.own_context && IsContextOpen(turn_context_id_)) return turn_context_id_;
  std::string id = RandomUuid();
  if (!playback_->queue.Open(id, utterance.append_to_context, utterance.interruptible, utterance.stand_alone))
    return {};
  if (!utterance.own_context) turn_context_id_ = id;
  if (traces_) traces_->Open({class_name(), model_name(), settings()}, {id, utterance.interruptible});
  if (observer_) observer_->OnContextOpened(*this, id);
  return id;
}

std::string TTSService::Spoken(const Utterance& utterance) const {
  std::string text = utterance.text;
  for (const auto& transform : options_.text_transforms) text = transform(text, utterance.type);
  if (options_.append_trailing_space) text += ' ';
  return text;
}

void TTSService::EndTurnContext() {
  const std::string id = std::exchange(turn_context_id_, {});
  if (IsContextOpen(id)) FlushAudio(id);
}

Task<Status> TTSService::FinishAnswer(FramePtr end) {
  last_text_skipped_ = end->As<LLMFullResponseEndFrame>()->skip_tts.value_or(last_text_skipped_);
  // The end of an answer that was cut comes just ahead of what cut it: then its rest is not spoken.
  if (!aggregator_.empty()) co_await Sleep(loop(), Nanos(0));
  Status status = co_await SpeakAll(Rest());
  EndTurnContext();
  in_answer_ = false;
  last_text_skipped_ = false;
  playback_->queue.Enqueue(std::move(end));
  co_return status;
}

// The end waits for all that is still to be spoken. An interruption cuts that short, not the end.
Task<Status> TTSService::FinishConversation(FramePtr end) {
  Status spoken = co_await SpeakAll(Rest());
  EndTurnContext();
  playback_->emptied.Clear();
  while (!playback_->queue.empty()) co_await playback_->emptied.Receive();
  const Status stopped = co_await Stop();
  Push(std::move(end));
  co_return spoken.ok() ? stopped : spoken;
}

// ---------------------------------------------------------------- contexts

bool TTSService::AppendAudio(const std::string& context_id, AudioBuffer audio) {
  return playback_->queue.AddAudio(context_id, std::move(audio));
}

bool TTSService::AppendWords(const std::string& context_id, std::vector<TimedWord> words,
                             bool include_spaces) {
  return playback_->queue.AddWords(context_id, std::move(words), include_spaces);
}

bool TTSService::IsContextOpen(const std::string& context_id) const {
  const TtsContext* const context = playback_->queue.Find(context_id);
  return context && !context->over();
}

void TTSService::EndContext(const std::string& context_id) {
  if (!IsContextOpen(context_id)) return;
  if (TracedTts* trace = Trace(context_id)) trace->End();
  if (observer_) observer_->OnAudioEnd(*this, context_id);
  playback_->queue.End(context_id);
}

void TTSService::FailContext(const std::string& context_id, std::string error, ErrorCategory category) {
  if (IsContextOpen(context_id)) {
    if (TracedTts* trace = Trace(context_id)) trace->Fail(ErrorCategoryName(category), error);
    if (observer_) observer_->OnFailed(*this, context_id, error);
  }
  playback_->queue.End(context_id, true);
  // What made the service of no use was told, and is the cause of this too.
  if (usable()) ReportError(std::move(error), category);
}

void TTSService::NoteFirstAudio(const TtsContext& context) {
  zero_audio_contexts_ = 0;
  // Opened while another one was unanswered, it has waited behind that one's sound: no time of the vendor's.
  const bool waited = context.opened < first_audio_at_;
  first_audio_at_ = clock_now();
  ttfb_.reset();
  if (!waited) {
    StartTtfb(setup().started_at + context.opened);
    ttfb_ = StopTtfb();
  }
  leading_silence_.reset();
  if (ttfb_) leading_silence_.emplace(sample_rate());
  if (TracedTts* trace = Trace(context.id); trace && ttfb_) trace->Ttfb(*ttfb_);
  if (observer_) observer_->OnFirstAudio(*this, context.id, ttfb_);
}

void TTSService::NoteProcessing(const std::string& id, std::optional<double> seconds) {
  if (TracedTts* trace = Trace(id); trace && seconds) trace->Processing(*seconds);
}

void TTSService::NoteAudio(const TtsContext& context, std::span<const std::int16_t> samples) {
  TracedTts* const trace = Trace(context.id);
  if (trace) trace->Audio(static_cast<double>(samples.size()) / sample_rate());
  if (!leading_silence_) return;
  if (const auto silence = leading_silence_->Add(samples)) {
    PushMetric(TTFAMetricsData{*ttfb_ + *silence, *ttfb_, *silence});
    if (trace) trace->Ttfa(*ttfb_ + *silence, *silence);
  }
  if (leading_silence_->finished()) leading_silence_.reset();
}

void TTSService::NoteClosed(const TtsContext& context) {
  if (context.id == turn_context_id_) turn_context_id_.clear();
  if (TracedTts* trace = Trace(context.id)) trace->End();
  if (observer_) observer_->OnClosed(*this, context.id);
  if (context.too_slow) {
    return ReportError(
        fmt::format("the sound of context {} came too slowly; its rest is given up", context.id),
        ErrorCategory::kConnectivity);
  }
  if (context.has_audio || context.failed || !usable()) return;
  const bool last = ++zero_audio_contexts_ >= options_.max_consecutive_zero_audio_contexts;
  ReportError(
      last ? fmt::format("no audio came for {} texts in a row; nothing more is spoken", zero_audio_contexts_)
           : fmt::format("no audio came for context {}", context.id),
      ErrorCategory::kUnknown);
  if (!last) return;
  zero_audio_contexts_ = 0;
  SetUsable(false);
}

}  // namespace repartee
