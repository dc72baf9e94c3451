// Filters: processors that let some frames through and swallow the rest.
//
// They work in the sender's call and add no queue. Start, end, stop and cancel pass each
// of them, else a pipeline could not be ended. Thread: the conversation's loop.
#pragma once

#include <functional>
#include <optional>

#include "repartee/pipeline/frame_processor.h"

namespace repartee {

// Frames of these types, and all system frames.
class FrameFilter final : public FrameProcessor {
 public:
  explicit FrameFilter(FrameTypeSet types);

 protected:
  Status Process(FramePtr frame, Direction direction) override;

 private:
  const FrameTypeSet types_;
};

struct FunctionFilterOptions {
  // The other direction passes whole; nothing: both are filtered.
  std::optional<Direction> direction = Direction::kDownstream;
  bool filter_system_frames = false;  // else they pass
};

// Frames for which a function says true.
class FunctionFilter final : public FrameProcessor {
 public:
  using Filter = std::function<bool(const Frame& frame)>;
  // `filter` runs in place and must be quick; not empty.
  explicit FunctionFilter(Filter filter, FunctionFilterOptions options = {});

 protected:
  Status Process(FramePtr frame, Direction direction) override;

 private:
  const Filter filter_;
  const FunctionFilterOptions options_;
};

// All frames: a place to look at them in a test or a log.
class IdentityFilter final : public FrameProcessor {
 public:
  IdentityFilter();

 protected:
  Status Process(FramePtr frame, Direction direction) override;
};

// System frames alone.
class NullFilter final : public FrameProcessor {
 public:
  NullFilter();

 protected:
  Status Process(FramePtr frame, Direction direction) override;
};

}  // namespace repartee
