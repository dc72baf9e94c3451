#include "repartee/agent/hang_up.h"

#include "repartee/base/log.h"

namespace repartee {

HangUp::HangUp(EventLoop& loop, PipelineTask& task, FileInputTransport& caller, Agent& agent,
               HangUpOptions options)
    : task_(task),
      end_(agent.assistant()),
      options_(options),
      silence_(loop,
               [this] {
                 clip_over_ = true;
                 Consider();
               }),
      quiet_(loop, [this] { task_.StopWhenDone(); }),
      limit_(loop, [this] {
        gave_up_ = true;
        task_.Cancel("the caller hung up");
      }) {
  caller.on_clip_finished.Connect([this] {
    silence_.Arm(options_.silence_after);
    limit_.Arm(options_.limit);
  });
  task.AddObserver(*this);
}

FrameTypeSet HangUp::wanted_pushes() const {
  return {FrameType::kUserStartedSpeaking, FrameType::kUserStoppedSpeaking,  FrameType::kBotStartedSpeaking,
          FrameType::kBotStoppedSpeaking,  FrameType::kLLMFullResponseStart, FrameType::kLLMFullResponseEnd,
          FrameType::kInterruption};
}

void HangUp::OnPushFrame(const FramePushed& event) {
  switch (event.frame->type()) {
    case FrameType::kUserStartedSpeaking: user_turn_ = true; break;
    case FrameType::kUserStoppedSpeaking: user_turn_ = false; break;
    case FrameType::kBotStartedSpeaking: bot_speaking_ = true; break;
    case FrameType::kBotStoppedSpeaking: bot_speaking_ = false; break;
    case FrameType::kInterruption: answering_ = false; break;
    case FrameType::kLLMFullResponseStart:
      if (event.first_push) answering_ = true;
      break;
    case FrameType::kLLMFullResponseEnd:
      if (&event.destination == &end_) answering_ = false;
      break;
    default: break;
  }
  Consider();
}

void HangUp::Consider() {
  const bool idle = clip_over_ && !user_turn_ && !answering_ && !bot_speaking_;
  if (!idle) return quiet_.Disarm();
  if (!quiet_.armed()) quiet_.Arm(options_.quiet);
}

}  // namespace repartee
