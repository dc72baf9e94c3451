// TtsContextQueue: what leaves a speech service, in order.
//
// Every request belongs to a context, and vendors answer several at once. Each context
// has a queue of its own that the vendor's receiver fills; contexts and the frames
// between them are let out strictly one after the other, so the sound of a later
// context never overtakes and a response end waits for its speech. A context is let
// out until it is ended or nothing was heard of it for a while.
//
// Limits: 16,384 entries and, in contexts that wait, 64 MiB of sound (further sound is
// refused). Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/services/tts_word_times.h"

namespace repartee {

// A word and when it begins, counted from the first sound of its context.
struct TimedWord {
  std::string text;
  Nanos start{0};
};

struct TtsContext {
  std::string id;
  bool append_to_context = true;
  bool interruptible = true;
  // Asked for by the application and not by an answer: what was said is told to the
  // assistant aggregator right before the end.
  bool stand_alone = false;
  Nanos opened{0};  // pipeline time
  bool has_audio = false;
  bool failed = false;    // its error was told
  bool too_slow = false;  // given up while a message of it dripped in

  // Nothing more is taken; what was taken may still be on its way out.
  bool over() const { return ended_; }

 private:
  friend class TtsContextQueue;
  struct Said {
    std::string text;
    TextType type;
    std::int64_t segment_id;
  };
  struct Words {
    std::vector<TimedWord> words;
    bool include_spaces;
  };
  using Item = std::variant<AudioBuffer, Ref<AggregatedTextFrame>, Said, Words>;

  std::deque<Item> items_;
  std::vector<Words> early_words_;  // before the first sound
  std::vector<Said> unheard_;       // texts whose sound has not come
  TtsWordTimes word_times_;
  std::optional<char> odd_byte_;  // half a sample
  Nanos clock_start_{0};          // pipeline time of the first sound
  bool started_ = false;          // TTSStarted is out
  bool ended_ = false;
  int requests_under_way_ = 0;
  int waits_ = 0;  // for the rest of a message, since anything was let out
};

class TtsContextQueue {
 public:
  // Told in place; must not call back.
  class Sink {
   public:
    virtual void Deliver(FramePtr frame) = 0;
    virtual Nanos PipelineNow() const = 0;
    // The first sound of a context is about to be delivered.
    virtual void OnFirstAudio(const TtsContext& context) = 0;
    virtual void OnAudio(const TtsContext& context, std::span<const std::int16_t> samples) = 0;
    // All of a context was delivered, or it timed out.
    virtual void OnClosed(const TtsContext& context) = 0;
    virtual void OnEmpty() = 0;
    // Something of a message has come from the vendor that is not whole yet: quiet, but not silent.
    virtual bool SoundUnderWay() const = 0;

   protected:
    ~Sink() = default;
  };
  struct Options {
    bool word_times = false;  // spoken text comes word by word, with times
    Nanos quiet_limit = std::chrono::seconds(3);
    Nanos silence_at_end{0};
    int rate_hz = 24000;
  };

  TtsContextQueue(EventLoop& loop, Sink& sink, Options options);

  bool empty() const { return entries_.empty(); }
  // Null if it was closed, dropped or never opened.
  const TtsContext* Find(const std::string& id) const;

  // A frame behind all that is here; at once if nothing is.
  void Enqueue(FramePtr frame);
  // A context of a new id. False at the limit.
  bool Open(std::string id, bool append_to_context, bool interruptible, bool stand_alone);

  // Into an open context, in order; false if there is none of that id (it was interrupted) or it is over.
  bool Announce(const std::string& id, Ref<AggregatedTextFrame> text);
  bool AddAudio(const std::string& id, AudioBuffer audio);  // mono, may end inside a sample
  bool AddWords(const std::string& id, std::vector<TimedWord> words, bool include_spaces);
  // The sound of `text` has come, or comes next: delivered once sound is there.
  bool AddSaid(const std::string& id, std::string text, TextType type, std::int64_t segment_id);
  void End(const std::string& id, bool failed = false);

  // While a request is under way its context is not taken for quiet.
  void BeginRequest(const std::string& id);
  void EndRequest(const std::string& id);

  // Drops interruptible frames and contexts; the ids of the latter.
  std::vector<std::string> DropInterruptible();
  void Clear();

 private:
  using Entry = std::variant<FramePtr, std::unique_ptr<TtsContext>>;

  TtsContext* OpenContext(const std::string& id);
  void OnQuiet();
  void Pump();
  bool PlayContext(TtsContext& context);
  void Play(TtsContext& context, AudioBuffer audio);
  void Play(TtsContext& context, Ref<AggregatedTextFrame> text);
  void Play(TtsContext& context, TtsContext::Said said);
  void Play(TtsContext& context, TtsContext::Words words);
  void StartWordClock(TtsContext& context);
  void PlayWord(TtsContext& context, const TimedWord& word, bool include_spaces);
  void DeliverProgress(const TtsContext& context, const TtsSegment& segment, std::size_t spoken_bytes);
  void PlayRest(TtsContext& context);
  void DeliverAudio(const TtsContext& context, AudioBuffer audio);
  void Close(TtsContext& context);
  void DeliverFrame(FramePtr frame);
  Ref<TTSTextFrame> SpokenText(const TtsContext& context, std::string text, TextType type,
                               std::int64_t segment_id);

  Sink& sink_;
  const Options options_;
  std::deque<Entry> entries_;
  Timer quiet_;
  std::size_t waiting_bytes_ = 0;
  Nanos last_word_{0};  // pipeline time of the last word of all
  bool answer_has_words_ = false;
  bool pumping_ = false;
};

}  // namespace repartee
