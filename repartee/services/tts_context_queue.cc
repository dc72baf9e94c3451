#include "repartee/services/tts_context_queue.h"

#include <algorithm>
#include <utility>

#include "repartee/frames/llm_frames.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxEntries = 16384;
constexpr std::size_t kMaxWaitingBytes = 64u << 20;
constexpr int kMaxWaits = 9;

}  // namespace

TtsContextQueue::TtsContextQueue(EventLoop& loop, Sink& sink, Options options)
    : sink_(sink), options_(options), quiet_(loop, [this] { OnQuiet(); }) {}

// ---------------------------------------------------------------- filling

const TtsContext* TtsContextQueue::Find(const std::string& id) const {
  for (const Entry& entry : entries_) {
    const auto* context = std::get_if<std::unique_ptr<TtsContext>>(&entry);
    if (context && (*context)->id == id) return context->get();
  }
  return nullptr;
}

TtsContext* TtsContextQueue::OpenContext(const std::string& id) {
  auto* context = const_cast<TtsContext*>(Find(id));
  return context && !context->ended_ ? context : nullptr;
}

void TtsContextQueue::Enqueue(FramePtr frame) {
  if (entries_.empty() && !pumping_) return DeliverFrame(std::move(frame));
  if (entries_.size() >= kMaxEntries && frame->interruptible()) return;
  entries_.emplace_back(std::move(frame));
}

bool TtsContextQueue::Open(std::string id, bool append_to_context, bool interruptible, bool stand_alone) {
  if (entries_.size() >= kMaxEntries) return false;
  auto context = std::make_unique<TtsContext>();
  context->id = std::move(id);
  context->append_to_context = append_to_context;
  context->interruptible = interruptible;
  context->stand_alone = stand_alone;
  context->opened = sink_.PipelineNow();
  entries_.emplace_back(std::move(context));
  return true;
}

bool TtsContextQueue::Announce(const std::string& id, Ref<AggregatedTextFrame> text) {
  TtsContext* const context = OpenContext(id);
  if (!context) return false;
  context->items_.emplace_back(std::move(text));
  Pump();
  return true;
}

bool TtsContextQueue::AddAudio(const std::string& id, AudioBuffer audio) {
  TtsContext* const context = OpenContext(id);
  if (!context || waiting_bytes_ + audio.size() > kMaxWaitingBytes) return false;
  if (context->odd_byte_ || audio.size() % 2 != 0) {
    std::string bytes;
    if (context->odd_byte_) bytes += *std::exchange(context->odd_byte_, std::nullopt);
    bytes += audio.bytes();
    if (bytes.size() % 2 != 0) {
      context->odd_byte_ = bytes.back();
      bytes.pop_back();
    }
    audio = AudioBuffer::CopyBytes(bytes);
  }
  if (audio.empty()) return true;
  waiting_bytes_ += audio.size();
  context->items_.emplace_back(std::move(audio));
  Pump();
  return true;
}

bool TtsContextQueue::AddWords(const std::string& id, std::vector<TimedWord> words, bool include_spaces) {
  TtsContext* const context = OpenContext(id);
  if (!context) return false;
  context->items_.emplace_back(TtsContext::Words{std::move(words), include_spaces});
  Pump();
  return true;
}

bool TtsContextQueue::AddSaid(const std::string& id, std::string text, TextType type,
                              std::int64_t segment_id) {
  TtsContext* const context = OpenContext(id);
  if (!context) return false;
  context->items_.emplace_back(TtsContext::Said{std::move(text), type, segment_id});
  Pump();
  return true;
}

void TtsContextQueue::End(const std::string& id, bool failed) {
  TtsContext* const context = OpenContext(id);
  if (!context) return;
  if (context->odd_byte_) {
    const char padded[2] = {*std::exchange(context->odd_byte_, std::nullopt), 0};
    waiting_bytes_ += sizeof(padded);
    context->items_.emplace_back(AudioBuffer::CopyBytes({padded, sizeof(padded)}));
  }
  context->ended_ = true;
  context->failed = context->failed || failed;
  Pump();
}

void TtsContextQueue::BeginRequest(const std::string& id) {
  if (TtsContext* const context = OpenContext(id)) ++context->requests_under_way_;
  Pump();
}

void TtsContextQueue::EndRequest(const std::string& id) {
  if (TtsContext* const context = OpenContext(id)) --context->requests_under_way_;
  Pump();
}

std::vector<std::string> TtsContextQueue::DropInterruptible() {
  std::vector<std::string> dropped;
  std::deque<Entry> kept;
  for (Entry& entry : entries_) {
    if (auto* frame = std::get_if<FramePtr>(&entry)) {
      if (!(*frame)->interruptible()) kept.push_back(std::move(entry));
      continue;
    }
    TtsContext& context = *std::get<std::unique_ptr<TtsContext>>(entry);
    if (!context.interruptible) {
      kept.push_back(std::move(entry));
      continue;
    }
    for (const TtsContext::Item& item : context.items_) {
      if (const auto* audio = std::get_if<AudioBuffer>(&item)) waiting_bytes_ -= audio->size();
    }
    dropped.push_back(context.id);
  }
  entries_ = std::move(kept);
  if (!dropped.empty()) last_word_ = Nanos(0);
  quiet_.Disarm();
  Pump();
  if (!dropped.empty() && entries_.empty()) sink_.OnEmpty();
  return dropped;
}

void TtsContextQueue::Clear() {
  entries_.clear();
  waiting_bytes_ = 0;
  quiet_.Disarm();
}

// ---------------------------------------------------------------- letting out

void TtsContextQueue::Pump() {
  if (std::exchange(pumping_, true)) return;
  const bool had_entries = !entries_.empty();
  while (!entries_.empty()) {
    if (auto* frame = std::get_if<FramePtr>(&entries_.front())) {
      const FramePtr next = std::move(*frame);
      entries_.pop_front();
      DeliverFrame(next);
      continue;
    }
    if (!PlayContext(*std::get<std::unique_ptr<TtsContext>>(entries_.front()))) break;
    entries_.pop_front();
  }
  pumping_ = false;
  if (had_entries && entries_.empty()) sink_.OnEmpty();
}

// Nothing has come for a while. A context whose sound still drips in is not over, and what was not heard of
// it must not count as spoken.
void TtsContextQueue::OnQuiet() {
  if (entries_.empty()) return;
  if (auto* entry = std::get_if<std::unique_ptr<TtsContext>>(&entries_.front())) {
    TtsContext& context = **entry;
    const bool drips = sink_.SoundUnderWay();
    if (drips && context.waits_++ < kMaxWaits) return quiet_.Arm(options_.quiet_limit);
    context.ended_ = true;
    context.too_slow = drips;
  }
  Pump();
}

// True when the context is over.
bool TtsContextQueue::PlayContext(TtsContext& context) {
  if (!context.items_.empty()) context.waits_ = 0;
  while (!context.items_.empty()) {
    TtsContext::Item item = std::move(context.items_.front());
    context.items_.pop_front();
    std::visit([&](auto& value) { Play(context, std::move(value)); }, item);
  }
  if (!context.ended_) {
    if (context.requests_under_way_ > 0) {
      quiet_.Disarm();
    } else {
      quiet_.Arm(options_.quiet_limit);
    }
    return false;
  }
  quiet_.Disarm();
  Close(context);
  return true;
}

void TtsContextQueue::Play(TtsContext& context, Ref<AggregatedTextFrame> text) {
  if (options_.word_times) {
    text->pts = std::max(last_word_, sink_.PipelineNow()).count();
    context.word_times_.AddSegment({static_cast<std::int64_t>(text->id()), text->text, text->text_type});
  }
  sink_.Deliver(std::move(text));
  if (std::exchange(context.started_, true)) return;
  auto started = Make<TTSStartedFrame>(context.id);
  started->append_to_context = context.append_to_context;
  started->set_interruptible(context.interruptible);
  sink_.Deliver(std::move(started));
}

void TtsContextQueue::Play(TtsContext& context, AudioBuffer audio) {
  waiting_bytes_ -= audio.size();
  if (!std::exchange(context.has_audio, true)) {
    sink_.OnFirstAudio(context);
    StartWordClock(context);
  }
  sink_.OnAudio(context, audio.samples());
  DeliverAudio(context, std::move(audio));
  for (TtsContext::Said& said : std::exchange(context.unheard_, {})) {
    sink_.Deliver(SpokenText(context, std::move(said.text), said.type, said.segment_id));
  }
}

void TtsContextQueue::DeliverAudio(const TtsContext& context, AudioBuffer audio) {
  auto frame = Make<TTSAudioRawFrame>(std::move(audio), options_.rate_hz, 1, context.id);
  frame->set_interruptible(context.interruptible);
  sink_.Deliver(std::move(frame));
}

void TtsContextQueue::Play(TtsContext& context, TtsContext::Said said) {
  if (!context.has_audio) {
    context.unheard_.push_back(std::move(said));
    return;
  }
  sink_.Deliver(SpokenText(context, std::move(said.text), said.type, said.segment_id));
}

Ref<TTSTextFrame> TtsContextQueue::SpokenText(const TtsContext& context, std::string text, TextType type,
                                              std::int64_t segment_id) {
  auto frame = Make<TTSTextFrame>(std::move(text), type);
  frame->context_id = context.id;
  frame->append_to_context = context.append_to_context;
  frame->will_be_spoken = type != TextType::kWord;
  frame->set_interruptible(context.interruptible);
  if (segment_id > 0) frame->segment_id = segment_id;
  return frame;
}

// ---------------------------------------------------------------- words

void TtsContextQueue::StartWordClock(TtsContext& context) {
  context.clock_start_ = std::max(sink_.PipelineNow(), last_word_);
  for (TtsContext::Words& words : std::exchange(context.early_words_, {})) Play(context, std::move(words));
}

void TtsContextQueue::Play(TtsContext& context, TtsContext::Words words) {
  if (!context.has_audio) {
    context.early_words_.push_back(std::move(words));
    return;
  }
  for (const TimedWord& word : words.words) PlayWord(context, word, words.include_spaces);
}

void TtsContextQueue::PlayWord(TtsContext& context, const TimedWord& word, bool include_spaces) {
  last_word_ = context.clock_start_ + word.start;
  answer_has_words_ = true;
  TtsWordTimes::Match match = context.word_times_.Take(word.text);
  auto frame = SpokenText(context, word.text, TextType::kWord, match.segment.id);
  frame->raw_text = std::move(match.raw);
  frame->includes_inter_frame_spaces = include_spaces;
  frame->pts = last_word_.count();
  sink_.Deliver(std::move(frame));
  if (match.matched) DeliverProgress(context, match.segment, match.spoken_bytes);
}

void TtsContextQueue::DeliverProgress(const TtsContext& context, const TtsSegment& segment,
                                      std::size_t spoken_bytes) {
  auto progress = Make<AggregatedTextProgressFrame>(segment.id, segment.text, segment.type);
  progress->context_id = context.id;
  progress->accumulated_text = segment.text.substr(0, spoken_bytes);
  progress->remaining_text = segment.text.substr(spoken_bytes);
  progress->pts = last_word_.count();
  sink_.Deliver(std::move(progress));
}

// What was heard but never timed. Not for a context that broke off: nobody knows how much of it was heard.
void TtsContextQueue::PlayRest(TtsContext& context) {
  if (!options_.word_times || !context.has_audio || context.failed || context.too_slow) return;
  for (TtsWordTimes::Rest& rest : context.word_times_.TakeRest()) {
    // Without any word it is told with the first sound.
    last_word_ = std::max(last_word_, context.clock_start_);
    auto frame = SpokenText(context, rest.text, TextType::kWord, rest.segment.id);
    frame->raw_text = std::move(rest.text);
    frame->pts = last_word_.count();
    sink_.Deliver(std::move(frame));
    DeliverProgress(context, rest.segment, rest.segment.text.size());
  }
}

// ---------------------------------------------------------------- ends

void TtsContextQueue::Close(TtsContext& context) {
  PlayRest(context);
  if (context.has_audio && options_.silence_at_end > Nanos(0)) {
    const auto samples =
        options_.silence_at_end.count() * options_.rate_hz / Nanos(std::chrono::seconds(1)).count();
    DeliverAudio(context, AudioBuffer::Silence(static_cast<std::size_t>(samples) * 2));
  }
  const std::int64_t last = options_.word_times && context.has_audio ? last_word_.count() : 0;
  if (context.stand_alone && context.append_to_context && context.has_audio) {
    auto told = Make<LLMAssistantPushAggregationFrame>();
    if (last > 0) told->pts = last + 1;
    sink_.Deliver(std::move(told));
  }
  if (context.started_) {
    auto stopped = Make<TTSStoppedFrame>(context.id);
    stopped->pts = last;
    stopped->set_interruptible(context.interruptible);
    sink_.Deliver(std::move(stopped));
  }
  sink_.OnClosed(context);
}

// A response end leaves the transport after the last word of its answer.
void TtsContextQueue::DeliverFrame(FramePtr frame) {
  if (frame->Is<LLMFullResponseStartFrame>()) answer_has_words_ = false;
  const auto* end = frame->As<LLMFullResponseEndFrame>();
  if (end && answer_has_words_) {
    auto timed = Make<LLMFullResponseEndFrame>(*end);
    timed->pts = last_word_.count();
    return sink_.Deliver(std::move(timed));
  }
  sink_.Deliver(std::move(frame));
}

}  // namespace repartee
