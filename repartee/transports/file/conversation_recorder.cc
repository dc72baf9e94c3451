#include "repartee/transports/file/conversation_recorder.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/pcm.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

constexpr Nanos kMaxLength = std::chrono::hours(2);
// A side that is so far behind the other is silent.
constexpr Nanos kSlack = std::chrono::seconds(1);
// Rounding and late timers are no gaps.
constexpr Nanos kSmallestGap = milliseconds(10);

}  // namespace

ConversationRecorder::ConversationRecorder(WavWriter writer, int rate_hz)
    : writer_(std::move(writer)), rate_hz_(rate_hz) {}

Result<ConversationRecorder> ConversationRecorder::Create(const std::string& path, int rate_hz) {
  Result<WavWriter> writer = WavWriter::Create(path, rate_hz, 2);
  if (!writer.ok()) return std::move(writer).status();
  return ConversationRecorder(*std::move(writer), rate_hz);
}

std::size_t ConversationRecorder::SampleAt(Nanos at) const {
  return static_cast<std::size_t>(std::max(0.0, ToSeconds(at - *begin_) * rate_hz_ + 0.5));
}

Status ConversationRecorder::Note(Side& side, Nanos at, std::span<const std::int16_t> samples, int rate_hz) {
  if (finished_ || full_ || samples.empty() || rate_hz <= 0) return OkStatus();
  if (!begin_) begin_ = caller_.heard_until = bot_.heard_until = at;
  if (at - *begin_ > kMaxLength) {
    full_ = true;
    return Status::ResourceExhausted("the recording has reached two hours; the rest is not recorded");
  }
  if (at - side.heard_until > kSmallestGap) FillUp(side, at);
  if (Status status = Append(side, samples, rate_hz); !status.ok()) return status;
  side.heard_until += Nanos(std::chrono::seconds(1)) * static_cast<std::int64_t>(samples.size()) / rate_hz;

  for (Side* one : {&caller_, &bot_}) {
    if (side.heard_until - kSlack > one->heard_until) FillUp(*one, side.heard_until - kSlack);
  }
  return WriteReady();
}

Status ConversationRecorder::Append(Side& side, std::span<const std::int16_t> samples, int rate_hz) {
  if (!side.resampler || side.resampler->from_hz() != rate_hz) {
    if (side.resampler) FillUp(side, side.heard_until);
    Result<Resampler> made = Resampler::Create(rate_hz, rate_hz_);
    if (!made.ok()) return std::move(made).status();
    side.resampler = *std::move(made);
  }
  const std::vector<std::int16_t> ready = side.resampler->Process(samples);
  side.waiting.insert(side.waiting.end(), ready.begin(), ready.end());
  return OkStatus();
}

// Ends the sound of a side and makes it silent up to `until`.
void ConversationRecorder::FillUp(Side& side, Nanos until) {
  if (side.resampler) {
    const std::vector<std::int16_t> rest = side.resampler->Flush();
    side.waiting.insert(side.waiting.end(), rest.begin(), rest.end());
  }
  const std::size_t wanted = SampleAt(until);
  if (wanted > written_ + side.waiting.size()) side.waiting.resize(wanted - written_, 0);
  side.heard_until = std::max(side.heard_until, until);
}

Status ConversationRecorder::WriteReady() {
  const std::size_t ready = std::min(caller_.waiting.size(), bot_.waiting.size());
  if (ready == 0) return OkStatus();
  const auto first = [ready](const Side& side) { return std::span(side.waiting).first(ready); };
  Status status = writer_.Write(InterleaveStereo(first(caller_), first(bot_)));
  for (Side* side : {&caller_, &bot_}) {
    side->waiting.erase(side->waiting.begin(), side->waiting.begin() + static_cast<std::ptrdiff_t>(ready));
  }
  written_ += ready;
  return status;
}

Status ConversationRecorder::Finish() {
  if (std::exchange(finished_, true)) return OkStatus();
  if (begin_) {
    const Nanos end = std::max(caller_.heard_until, bot_.heard_until);
    FillUp(caller_, end);
    FillUp(bot_, end);
    const std::size_t longest = std::max(caller_.waiting.size(), bot_.waiting.size());
    caller_.waiting.resize(longest, 0);
    bot_.waiting.resize(longest, 0);
    if (Status status = WriteReady(); !status.ok()) return status;
  }
  return writer_.Close();
}

}  // namespace repartee
