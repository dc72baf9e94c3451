// ConversationRecorder: both sides of a conversation in one WAV file, the caller left,
// the bot right, on one time line.
//
// Sound is noted with the time at which it is heard. Gaps become silence; a side that
// says nothing for a second is filled up with it, so that what is kept in memory stays
// bounded and the file grows as the conversation does. Sound that comes later than
// that, or overlaps what its side said, follows it without a gap.
// Limit: two hours, then nothing more is written. Thread: the conversation's loop;
// writes to the disk there, some 100 KB a second of sound.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "repartee/audio/resampler.h"
#include "repartee/audio/wav.h"
#include "repartee/base/clock.h"

namespace repartee {

class ConversationRecorder {
 public:
  // Replaces the file. Errors as WavWriter::Create's.
  static Result<ConversationRecorder> Create(const std::string& path, int rate_hz);

  // Mono sound that is heard from `at` on (any clock, the same for both; the first note begins the file).
  // Unavailable if the disk refuses it, ResourceExhausted once after two hours.
  Status NoteCaller(Nanos at, std::span<const std::int16_t> samples, int rate_hz) {
    return Note(caller_, at, samples, rate_hz);
  }
  Status NoteBot(Nanos at, std::span<const std::int16_t> samples, int rate_hz) {
    return Note(bot_, at, samples, rate_hz);
  }

  // Writes what is left and closes. The second call does nothing.
  Status Finish();

 private:
  struct Side {
    std::vector<std::int16_t> waiting;  // not written yet
    std::optional<Resampler> resampler;
    Nanos heard_until{0};  // of what was noted
  };

  ConversationRecorder(WavWriter writer, int rate_hz);

  Status Note(Side& side, Nanos at, std::span<const std::int16_t> samples, int rate_hz);
  Status Append(Side& side, std::span<const std::int16_t> samples, int rate_hz);
  void FillUp(Side& side, Nanos until);
  Status WriteReady();
  std::size_t SampleAt(Nanos at) const;

  WavWriter writer_;
  const int rate_hz_;
  Side caller_;
  Side bot_;
  std::optional<Nanos> begin_;
  std::size_t written_ = 0;  // samples of one side
  bool full_ = false;
  bool finished_ = false;
};

}  // namespace repartee
