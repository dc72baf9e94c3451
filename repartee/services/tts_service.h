// TTSService: turns the answer's text into speech, sentence by sentence.
//
// Tokens are put together to sentences, each is announced and handed to the vendor, and
// its sound, its words and all other frames leave in order through a TtsContextQueue:
// a response end comes out after the speech of its response. All sentences of an answer
// share one context; started and stopped frames always come in pairs, except that an
// interruption stands for the stopped one.
//
// A vendor's class writes RunTts. A local voice gives its sound there, by AppendAudio,
// and returns when it is done; a websocket client sends the text there and its receiver
// fills the contexts (AppendAudio, AppendWords, EndContext).
// Thread: the conversation's loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/mailbox.h"
#include "repartee/services/ai_service.h"
#include "repartee/services/leading_silence.h"
#include "repartee/services/text/sentence_aggregator.h"
#include "repartee/services/tts_context_queue.h"
#include "repartee/tracing/traced_tts.h"

namespace repartee {

class TTSService;

// Sees what happens to each context, in place; must not push. For spans and recordings.
class TtsContextObserver {
 public:
  virtual ~TtsContextObserver() = default;
  virtual void OnContextOpened(const TTSService&, const std::string& /*context_id*/) {}
  // `text` as it is handed to the vendor.
  virtual void OnTextSent(const TTSService&, const std::string& /*context_id*/, std::string_view /*text*/) {}
  // Seconds from the opening; nothing if metrics are off.
  virtual void OnFirstAudio(const TTSService&, const std::string& /*context_id*/,
                            std::optional<double> /*ttfb*/) {}
  // The vendor has given all.
  virtual void OnAudioEnd(const TTSService&, const std::string& /*context_id*/) {}
  virtual void OnFailed(const TTSService&, const std::string& /*context_id*/, std::string_view /*error*/) {}
  virtual void OnInterrupted(const TTSService&, const std::string& /*context_id*/) {}
  // All of it has left the service; not after OnInterrupted.
  virtual void OnClosed(const TTSService&, const std::string& /*context_id*/) {}
};

struct TTSServiceOptions {
  TextAggregationMode text_aggregation_mode = TextAggregationMode::kSentence;
  // True: what was spoken is told text by text. False: word by word, with the vendor's times.
  bool push_text_frames = true;
  // False for services that only send in RunTts: how long that takes tells nothing.
  bool measure_processing = true;
  Nanos stop_frame_timeout =
      std::chrono::seconds(3);  // a context of which nothing is heard for so long is over
  Nanos silence_after_stop{0};  // in front of each TTSStopped
  bool append_trailing_space = false;
  bool reuse_context_id_within_turn = true;     // false: a context for each sentence
  int max_consecutive_zero_audio_contexts = 3;  // then the service is of no use
  std::vector<TextType> skip_text_types;        // of AggregatedTextFrames: passed on unspoken
  // Change what is spoken, not what is announced.
  std::vector<std::function<std::string(std::string_view text, TextType type)>> text_transforms;
  std::vector<std::string> protected_tags;  // never cut inside: "spell"
  int sample_rate = 0;                      // Hz; 0: the pipeline's output rate
};

class TTSService : public AIService {
 public:
  // Hz, once set up.
  int sample_rate() const;
  // Borrowed, outlives the task's run; null: nobody.
  void set_context_observer(TtsContextObserver* observer) { observer_ = observer; }

  // A text goes to the vendor: its context, and the text as it is sent.
  Event<std::string, std::string> on_tts_request;

 protected:
  TTSService(const char* class_name, Json settings, TTSServiceOptions options = {});
  ~TTSService() override;

  // Speaks `text` into the context. An error is reported and ends the context.
  // Destroyed by an interruption, unless it speaks what is not interruptible.
  virtual Task<Status> RunTts(std::string text, std::string context_id) = 0;
  // No further text will come for this context. The default takes its sound for complete.
  virtual void FlushAudio(const std::string& context_id) { EndContext(context_id); }
  // The vendor is to stop; what it still sends for this context is refused.
  virtual void OnContextInterrupted(const std::string& /*context_id*/) {}
  // A part of a message has come from the vendor: its context is quiet, but not over.
  virtual bool SoundUnderWay() const { return false; }

  // Mono 16-bit at sample_rate(), in pieces of any length. False if the context is not
  // open (it was interrupted, or is over), or too much sound waits.
  bool AppendAudio(const std::string& context_id, AudioBuffer audio);
  // Words with their times since the context's first sound. `include_spaces`: they join without blanks (zh,
  // ja).
  bool AppendWords(const std::string& context_id, std::vector<TimedWord> words, bool include_spaces = false);
  // All sound of the context was given.
  void EndContext(const std::string& context_id);
  // The vendor failed it: one error frame, and the context is over.
  void FailContext(const std::string& context_id, std::string error, ErrorCategory category);
  bool IsContextOpen(const std::string& context_id) const;
  // Of the answer being spoken; empty if it has none yet.
  const std::string& turn_context_id() const { return turn_context_id_; }
  // The answer's next sentence opens a new context: when voice or model changed.
  void EndTurnContext();
  const TTSServiceOptions& options() const { return options_; }

  Status Process(FramePtr frame, Direction direction) override;
  Status OnSetup() override;
  void OnCleanup() override;

 private:
  class Playback;
  struct Utterance {
    std::string text;
    std::optional<std::string> raw_text;  // as the model wrote it
    TextType type;
    bool append_to_context = true;
    bool interruptible = true;
    bool own_context = false;
    bool stand_alone = false;
    bool skip = false;  // not spoken, only passed on
  };

  Status TakeText(const TextFrame& frame);
  Status TakeAggregated(FramePtr frame);
  Status TakeSpeak(const TTSSpeakFrame& frame);
  void Interrupt();
  void TraceCut(bool by_interruption);
  std::vector<Utterance> Released(std::vector<std::string> pieces, bool skip);
  std::vector<Utterance> Rest();
  Task<Status> SpeakAll(std::vector<Utterance> utterances);
  Task<Status> Speak(Utterance utterance);
  Task<Status> FinishAnswer(FramePtr end);
  Task<Status> FinishConversation(FramePtr end);
  std::string ContextFor(const Utterance& utterance);
  std::string Spoken(const Utterance& utterance) const;
  void NoteAudio(const TtsContext& context, std::span<const std::int16_t> samples);
  void NoteFirstAudio(const TtsContext& context);
  void NoteProcessing(const std::string& id, std::optional<double> seconds);
  void NoteClosed(const TtsContext& context);
  // The span of a context; null if it has ended or the task is not traced.
  TracedTts* Trace(const std::string& id) { return traces_ ? traces_->Find(id) : nullptr; }

  const TTSServiceOptions options_;
  TtsContextObserver* observer_ = nullptr;
  std::optional<TracedTtsContexts> traces_;  // while the task is traced
  SentenceAggregator aggregator_;
  std::unique_ptr<Playback> playback_;
  std::string turn_context_id_;
  bool in_answer_ = false;
  bool answer_has_text_ = false;
  bool aggregating_ = false;  // the time to the first sentence is being measured
  bool last_text_skipped_ = false;
  int zero_audio_contexts_ = 0;  // in a row
  std::optional<double> ttfb_;   // of the context being let out
  Nanos first_audio_at_{-1};     // of the last context that sounded, on the pipeline's clock
  std::optional<LeadingSilence> leading_silence_;
};

}  // namespace repartee
