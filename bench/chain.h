// The pipeline that hops and fleet measure: passthrough processors between the
// task's own ends, and a sink that counts frames and checks their order.
//
// Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/defaults.h"
#include "repartee/pipeline/task.h"

namespace repartee::bench {

class Passthrough final : public FrameProcessor {
 public:
  Passthrough() : FrameProcessor("Passthrough") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    Push(std::move(frame), direction);
    return OkStatus();
  }
};

// Counts frames of one type; their pts must rise by one.
class CountingSink final : public FrameProcessor {
 public:
  explicit CountingSink(FrameType counted) : FrameProcessor("CountingSink"), counted_(counted) {
    set_direct();
  }

  std::int64_t count() const { return count_; }
  bool in_order() const { return in_order_; }
  void OnFrame(UniqueFunction<void(const Frame&)> handler) { on_frame_ = std::move(handler); }

 protected:
  Status Process(FramePtr frame, Direction direction) override;

 private:
  const FrameType counted_;
  std::int64_t count_ = 0;
  bool in_order_ = true;
  UniqueFunction<void(const Frame&)> on_frame_;
};

enum class FrameContent : std::uint8_t {
  kAudio,
  kText,
  kSystem
};
FrameType TypeOf(FrameContent content);
// A new frame that owns and fills its payload; `sequence` goes into pts.
FramePtr MakeFrame(FrameContent content, std::int64_t sequence);

// One pipeline of passthroughs, built and not yet started.
class Chain {
 public:
  // `observer` is none, one (which counts pushes) or default.
  Chain(int processors, FrameContent content, const std::string& observer);
  ~Chain();

  PipelineTask& task() { return *task_; }
  CountingSink& sink() { return sink_; }
  // Pushes the single observer has counted.
  std::uint64_t observed() const;

 private:
  class Counter;
  std::vector<std::unique_ptr<Passthrough>> processors_;
  CountingSink sink_;
  std::unique_ptr<Counter> counter_;
  Defaults defaults_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<PipelineTask> task_;
};

}  // namespace repartee::bench
