// HangUp: ends a conversation whose caller is a recorded clip: when the clip has been
// said and the bot has said all that it has to say.
//
// Limits: a bot that says nothing for so long is not waited for. Thread: the
// conversation's loop.
#pragma once

#include "repartee/agent/agent.h"
#include "repartee/pipeline/task.h"
#include "repartee/transports/file/file_input.h"

namespace repartee {

struct HangUpOptions {
  Nanos silence_after = std::chrono::seconds(1);  // the clip, before the caller may hang up
  Nanos quiet = std::chrono::milliseconds(500);   // with nothing under way
  Nanos limit = std::chrono::seconds(60);         // after the clip, whatever is under way
};

class HangUp final : private BaseObserver {
 public:
  // All are borrowed; attaches to the task, which has not started.
  HangUp(EventLoop& loop, PipelineTask& task, FileInputTransport& caller, Agent& agent,
         HangUpOptions options = {});
  ~HangUp() override { task_.RemoveObserver(*this); }

  // The limit ended it.
  bool gave_up() const { return gave_up_; }

 private:
  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  void Consider();

  PipelineTask& task_;
  const FrameProcessor& end_;  // where an answer has been said
  const HangUpOptions options_;
  Timer silence_;
  Timer quiet_;
  Timer limit_;
  bool clip_over_ = false;
  bool user_turn_ = false;
  bool answering_ = false;
  bool bot_speaking_ = false;
  bool gave_up_ = false;
};

}  // namespace repartee
