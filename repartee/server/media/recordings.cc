#include "repartee/server/media/recordings.h"

#include <algorithm>

#include "repartee/audio/wav.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kStepsPerSecond = 1'000 / Peaks::kStepMs;

// The peaks of whole steps; what is left at the end makes one of its own. Not every step of
// 11,025 samples a second is as long: each ends where its time does, so none moves away.
class PeakMaker {
 public:
  PeakMaker(int channels, int rate_hz) : rate_hz_(rate_hz), low_(Of(channels, 0)), high_(Of(channels, 0)) {
    values_.resize(static_cast<std::size_t>(channels));
  }
  void Add(std::span<const std::int16_t> samples) {
    const std::size_t channels = values_.size();
    for (std::size_t i = 0; i + channels <= samples.size(); i += channels) {
      for (std::size_t channel = 0; channel < channels; ++channel) {
        low_[channel] = std::min(low_[channel], samples[i + channel]);
        high_[channel] = std::max(high_[channel], samples[i + channel]);
      }
      ++seen_;
      if (seen_ >= (steps_ + 1) * rate_hz_ / kStepsPerSecond) Finish();
    }
  }
  std::vector<std::vector<std::int8_t>> Take() {
    if (seen_ > steps_ * rate_hz_ / kStepsPerSecond) Finish();
    return std::move(values_);
  }

 private:
  static std::vector<std::int16_t> Of(int channels, std::int16_t value) {
    return std::vector<std::int16_t>(static_cast<std::size_t>(channels), value);
  }
  void Finish() {
    for (std::size_t channel = 0; channel < values_.size(); ++channel) {
      values_[channel].push_back(static_cast<std::int8_t>(low_[channel] / 256));
      values_[channel].push_back(static_cast<std::int8_t>(high_[channel] / 256));
      low_[channel] = high_[channel] = 0;
    }
    ++steps_;
  }

  const std::int64_t rate_hz_;
  std::vector<std::int16_t> low_, high_;
  std::int64_t seen_ = 0;   // frames
  std::int64_t steps_ = 0;  // that are finished
  std::vector<std::vector<std::int8_t>> values_;
};

Result<std::shared_ptr<const Peaks>> MakePeaks(std::string bytes, const std::string& name) {
  Result<WavReader> reader = WavReader::FromBytes(std::move(bytes), name);
  if (!reader.ok()) return std::move(reader).status();
  const WavInfo& info = reader->info();
  auto peaks = std::make_shared<Peaks>();
  peaks->rate_hz = info.rate_hz;
  peaks->channels = info.channels;
  PeakMaker maker(info.channels, info.rate_hz);
  std::vector<std::int16_t> samples(static_cast<std::size_t>(info.channels) * 8'192);
  std::int64_t frames = 0;
  while (true) {
    const Result<std::size_t> read = reader->Read(samples);
    if (!read.ok()) return read.status();
    if (*read == 0) break;
    maker.Add(std::span(samples).first(*read));
    frames += static_cast<std::int64_t>(*read) / info.channels;
  }
  peaks->duration_ms = frames * 1'000 / info.rate_hz;
  peaks->values = maker.Take();
  return std::shared_ptr<const Peaks>(std::move(peaks));
}

}  // namespace

std::vector<std::int8_t> Peaks::Window(int channel, std::int64_t from_ms, double step_ms,
                                       std::size_t bins) const {
  std::vector<std::int8_t> window;
  if (channel < 0 || channel >= channels) return window;
  const std::vector<std::int8_t>& all = values[static_cast<std::size_t>(channel)];
  const std::size_t steps = all.size() / 2;
  const auto place = [&](std::size_t bin) {
    const double at = (static_cast<double>(from_ms) + step_ms * static_cast<double>(bin)) / kStepMs;
    return static_cast<std::size_t>(std::clamp(at, 0.0, static_cast<double>(steps)));
  };
  for (std::size_t bin = 0; bin < bins && place(bin) < steps; ++bin) {
    const std::size_t end = std::min(std::max(place(bin + 1), place(bin) + 1), steps);
    std::int8_t low = 0;
    std::int8_t high = 0;
    for (std::size_t i = place(bin); i < end; ++i) {
      low = std::min(low, all[2 * i]);
      high = std::max(high, all[2 * i + 1]);
    }
    window.push_back(low);
    window.push_back(high);
  }
  return window;
}

Result<std::vector<Recording>> Recordings::OfTrace(ProjectKey project, std::string_view trace_id) {
  Result<std::vector<Recording>> found = media_.OfTrace(project, trace_id);
  if (!found.ok()) return found;
  std::erase_if(*found, [](const Recording& one) { return !one.record.content_type.starts_with("audio/"); });
  return found;
}

Result<std::shared_ptr<const Peaks>> Recordings::PeaksOf(ProjectKey project, const MediaRecord& record) {
  const auto is_it = [&](const Kept& kept) { return kept.project == project && kept.id == record.id; };
  {
    const std::lock_guard lock(mutex_);
    const auto known = std::find_if(kept_.begin(), kept_.end(), is_it);
    if (known != kept_.end()) {
      kept_.splice(kept_.begin(), kept_, known);
      return known->peaks;
    }
  }
  Result<std::string> bytes = media_.Read(project, record.id, 0, record.content_length);
  if (!bytes.ok()) return std::move(bytes).status();
  Result<std::shared_ptr<const Peaks>> made = MakePeaks(*std::move(bytes), "recording " + record.id);
  if (!made.ok()) return made;
  const std::lock_guard lock(mutex_);
  kept_.push_front({project, record.id, *made});
  if (kept_.size() > kMaxKept) kept_.pop_back();
  return made;
}

}  // namespace repartee::server
