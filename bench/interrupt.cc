// interrupt: how soon nothing stale is left once the user barges in.

#include <algorithm>

#include "bench/benches.h"
#include "bench/chain.h"
#include "bench/wire.h"

namespace repartee::bench {
namespace {

constexpr std::size_t kChunkBytes = 640;  // 20 ms
constexpr Nanos kLimit = std::chrono::seconds(10);

double Microseconds(Nanos duration) { return static_cast<double>(duration.count()) / 1e3; }

class Speaker {
 public:
  explicit Speaker(const InterruptOptions& options) : defaults_(options.observer) {
    std::vector<FrameProcessor*> row;
    for (int i = 0; i < options.processors; ++i) {
      row.push_back(passthroughs_.emplace_back(std::make_unique<Passthrough>()).get());
    }
    row.push_back(&wire_);
    row.push_back(&spy_);
    pipeline_ = std::make_unique<Pipeline>(defaults_.Complete(std::move(row)));
    task_ = std::make_unique<PipelineTask>(*pipeline_, defaults_.Options(kWireRateHz));
  }
  bool Start() { return StartTask(loop_, *task_); }

  // One interruption while `queued` frames wait. False if it never came through.
  bool Interrupt(int queued) {
    wire_.Forget();
    spy_.Forget();
    loop_.Post([this, queued] { Queue(queued + 3); });
    if (!loop_.RunUntil([this] { return !wire_.writes().empty(); }, kLimit)) return false;
    loop_.RunFor(std::chrono::milliseconds(50));
    Nanos begin{0};
    loop_.Post([this, &begin] {
      begin = loop_.clock().MonotonicNow();
      task_->QueueFrame(FramePtr(Make<InterruptionFrame>()));
    });
    const auto through = [this] { return spy_.interrupted() > Nanos(0) && spy_.bot_stopped() > Nanos(0); };
    if (!loop_.RunUntil(through, kLimit)) return false;
    loop_.RunFor(std::chrono::milliseconds(60));
    Note(begin);
    return true;
  }

  std::vector<double> last_stale_us, queues_empty_us, frame_through_us;
  std::int64_t stale_after_empty = 0;

 private:
  void Queue(int frames) {
    for (int i = 0; i < frames; ++i) {
      AudioBuffer sound = AudioBuffer::Allocate(kChunkBytes);
      std::ranges::fill(sound.writable(), static_cast<std::int16_t>(i));
      task_->QueueFrame(FramePtr(Make<TTSAudioRawFrame>(std::move(sound), kWireRateHz, 1)));
    }
  }

  void Note(Nanos begin) {
    const Nanos last = wire_.writes().back();
    last_stale_us.push_back(last > begin ? Microseconds(last - begin) : 0);
    queues_empty_us.push_back(Microseconds(spy_.bot_stopped() - begin));
    frame_through_us.push_back(Microseconds(spy_.interrupted() - begin));
    stale_after_empty +=
        std::ranges::count_if(wire_.writes(), [this](Nanos at) { return at > spy_.bot_stopped(); });
  }

  EventLoop loop_;
  std::vector<std::unique_ptr<Passthrough>> passthroughs_;
  Wire wire_{WirePace::kAsItSounds};
  Spy spy_;
  Defaults defaults_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<PipelineTask> task_;
};

}  // namespace

Report RunInterrupt(const InterruptOptions& options) {
  Report report{.bench = "interrupt",
                .params = {{"queued", options.queued},
                           {"processors", options.processors},
                           {"observer", options.observer},
                           {"repeat", options.repeat}}};
  Speaker speaker(options);
  report.ok = speaker.Start();
  for (int round = 0; report.ok && round < options.repeat; ++round)
    report.ok = speaker.Interrupt(options.queued);
  report.metrics = {{"last_stale_us", Statistics(speaker.last_stale_us)},
                    {"queues_empty_us", Statistics(speaker.queues_empty_us)},
                    {"frame_through_us", Statistics(speaker.frame_through_us)},
                    {"stale_after_empty", speaker.stale_after_empty}};
  report.ok = report.ok && speaker.stale_after_empty == 0;
  return report;
}

}  // namespace repartee::bench
