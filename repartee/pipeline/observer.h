// BaseObserver: sees frames pushed and handled without being in their way.
//
// Called in place, on the conversation's loop: it must be quick, must not wait and
// must not push. One that wants to do work keeps a bounded queue of its own. It
// names the types it wants, so that audio costs nothing where nobody looks at it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/frames/frame.h"

namespace repartee {

class FrameProcessor;

struct FramePushed {
  const FrameProcessor& source;
  const FrameProcessor& destination;
  const FramePtr& frame;
  Direction direction;
  Nanos time;       // pipeline clock
  bool first_push;  // the first time this frame is pushed anywhere
};

struct FrameProcessed {
  const FrameProcessor& processor;
  const FramePtr& frame;
  Direction direction;
  Nanos time;  // pipeline clock; handling begins
};

class BaseObserver {
 public:
  virtual ~BaseObserver() = default;

  virtual void OnPushFrame(const FramePushed&) {}
  virtual void OnProcessFrame(const FrameProcessed&) {}
  virtual void OnPipelineStarted() {}

  // Asked once, when the observer is added.
  virtual FrameTypeSet wanted_pushes() const { return FrameTypeSet::All(); }
  virtual FrameTypeSet wanted_processing() const { return {}; }
  // False: told of a frame's first push alone.
  virtual bool observe_every_push() const { return true; }
};

// The observers of one task. Borrowed: each outlives the task or is removed first.
class ObserverList {
 public:
  void Add(BaseObserver& observer);
  void Remove(BaseObserver& observer);

  // Whether anybody does; `first`: it was not pushed before.
  bool WantsPush(const Frame& frame, bool first) const { return TakersOf(frame.type(), first) != 0; }
  bool WantsProcessing(const Frame& frame) const { return processing_.Contains(frame.type()); }
  void NotifyPush(const FramePushed& event);
  void NotifyProcess(const FrameProcessed& event);
  void NotifyStarted();

 private:
  struct Entry {
    BaseObserver* observer;
    FrameTypeSet pushes;
    FrameTypeSet processing;
    bool every_push;
  };
  using Takers = std::uint16_t;
  static constexpr std::size_t kLastBit = 15;

  static constexpr std::size_t IndexOf(FrameType type) { return static_cast<std::size_t>(type); }
  Takers TakersOf(FrameType type, bool first) const { return (first ? takers_ : repeated_)[IndexOf(type)]; }
  void Summarize();

  // Walked by index: an observer may add or remove one from a callback.
  std::vector<Entry> entries_;
  // Who wants to be told of the pushes of a type: bit i is entry i, the last bit any from there on.
  std::array<Takers, kFrameTypes> takers_{};
  std::array<Takers, kFrameTypes> repeated_{};  // of them those that are told of every push
  FrameTypeSet processing_;
};

}  // namespace repartee
