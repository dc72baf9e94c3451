#include "repartee/services/local/models/inference_pool.h"

#include <algorithm>
#include <string_view>

namespace repartee::local {
namespace {

constexpr std::array<std::string_view, 4> kLaneNames{"voice activity", "speech to text", "text to speech",
                                                     "language model"};
constexpr std::size_t kSpeechLanes = 3;

}  // namespace

InferencePool::InferencePool(Options options) : options_(options) {
  if (options_.run_inline) return;
  for (int i = 0; i < std::max(1, options_.speech_threads); ++i) {
    threads_.emplace_back([this] { Work(0, kSpeechLanes); });
  }
  for (int i = 0; i < std::max(1, options_.language_threads); ++i) {
    threads_.emplace_back([this] { Work(kSpeechLanes, lanes_.size()); });
  }
}

InferencePool::~InferencePool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const Lane& lane : lanes_) {
      for (const Job& job : lane) job.token.Cancel();
    }
    for (const CancelToken* token : running_) token->Cancel();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

Status InferencePool::Enqueue(InferenceLane lane, const CancelToken& token, UniqueFunction<void()> run) {
  if (options_.run_inline) {
    run();
    return OkStatus();
  }
  const auto index = static_cast<std::size_t>(lane);
  {
    const std::lock_guard lock(mutex_);
    if (lanes_[index].size() >= options_.limits[index]) {
      return Status::ResourceExhausted(
          "local models: {} {} jobs are waiting; this machine serves too many calls", options_.limits[index],
          kLaneNames[index]);
    }
    lanes_[index].push_back({token, std::move(run)});
  }
  wake_.notify_all();  // one may wake a thread of the other lanes
  return OkStatus();
}

void InferencePool::Work(std::size_t first, std::size_t last) {
  std::unique_lock lock(mutex_);
  const auto next_lane = [&] {
    return std::find_if(lanes_.begin() + static_cast<std::ptrdiff_t>(first),
                        lanes_.begin() + static_cast<std::ptrdiff_t>(last),
                        [](const Lane& lane) { return !lane.empty(); });
  };
  const auto none = lanes_.begin() + static_cast<std::ptrdiff_t>(last);
  while (true) {
    wake_.wait(lock, [&] { return stopping_ || next_lane() != none; });
    const auto lane = next_lane();
    if (lane == none) return;  // stopping, and every job has been told
    {
      Job job = std::move(lane->front());
      lane->pop_front();
      running_.push_back(&job.token);
      lock.unlock();
      job.run();
      job.run = nullptr;  // lets the loop's time go on
      lock.lock();
      std::erase(running_, &job.token);
    }
  }
}

}  // namespace repartee::local
