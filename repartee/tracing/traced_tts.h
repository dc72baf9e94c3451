// TracedTts: the span of one audio context: all sentences of one answer, or one text
// that was spoken on its own. Opened when its first sentence is ready to be sent.
//
// Vendors give sound faster than it is played. In extended mode the span of a context
// with an id lasts until the output transport has played it, so that a barge-in is seen
// on it and how much of the text was heard. TracedTtsContexts keeps a service's.
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/tracing/service_span.h"

namespace repartee {

struct TracedTtsOptions {
  std::string context_id{};   // as its frames carry it; empty: its playback is not followed
  bool interruptible = true;  // false: a barge-in does not end it
};

class TracedTts final : public ServiceSpan {
 public:
  TracedTts(TracingContext* context, const TracedService& service, TracedTtsOptions options = {});
  // One that has not ended was dropped with its context.
  ~TracedTts();

  const std::string& context_id() const { return options_.context_id; }
  bool interruptible() const { return options_.interruptible; }

  // A sentence, as it is sent.
  void Text(std::string_view sentence);
  // Seconds from the first text to the first sound.
  void Ttfb(double seconds);
  // Seconds to the first sound that can be heard, and of the silence before it. Extended mode.
  void Ttfa(double seconds, double leading_silence);
  // Seconds of sound that came.
  void Audio(double seconds) { audio_seconds_ += seconds; }
  // The sound is complete.
  void End();
  // The user barged in before all of it was played.
  void Interrupt();
  // It failed; `type` is a short word or class name.
  void Fail(std::string_view type, std::string_view message);

  // By who watches the output transport.
  void PlaybackStarted();
  void Heard(std::string_view text, bool joined);
  void PlaybackEnded();
  // The sound is complete; it only waits to be played.
  bool delivered() const { return delivered_at_.has_value(); }
  // Nobody plays it: the span ends where its sound was complete.
  void EndUnplayed();

 private:
  void Abandon() override;
  bool awaits_playback() const { return !options_.context_id.empty() && context()->follows_playback(); }
  void Finish(std::optional<Nanos> at = std::nullopt);
  void BeginMeasurement();
  std::optional<Nanos> TakeMeasurement();
  void NoteAnswered();

  const TracedTtsOptions options_;
  std::string_view class_name_;
  std::string text_;
  std::string heard_;
  std::size_t characters_ = 0;
  std::size_t billed_characters_ = 0;
  Nanos opened_at_{0};  // wall clock
  bool has_ttfb_ = false;
  double audio_seconds_ = 0;
  std::optional<Nanos> delivered_at_;  // wall clock
  bool playing_ = false;
};

// The contexts of one service, by id. At most 256 at once; then the oldest ends.
class TracedTtsContexts {
 public:
  explicit TracedTtsContexts(TracingContext* context) : context_(context) {}

  void Open(const TracedService& service, TracedTtsOptions options);
  // The open one of that id, or null.
  TracedTts* Find(std::string_view context_id);
  // Dropped by an interruption, whoever was playing.
  void Interrupted(std::string_view context_id);
  // The answer was cut while `text` waited to become a sentence. Pipecat has it spoken all the same, into
  // this context or, where it is not open, a new one that lasts no time; extended mode says nothing of it.
  void Cut(const TracedService& service, std::string_view context_id, std::string_view text,
           bool by_interruption);

 private:
  void ForgetEnded();

  TracingContext* const context_;
  std::vector<std::unique_ptr<TracedTts>> contexts_;  // in order of opening
};

}  // namespace repartee
