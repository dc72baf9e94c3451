#include "bench/chain.h"

#include <cstring>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee::bench {
namespace {

constexpr int kRateHz = 16000;
constexpr std::size_t kAudioBytes = 640;  // 20 ms

AudioBuffer FilledAudio(std::int64_t sequence) {
  AudioBuffer audio = AudioBuffer::Allocate(kAudioBytes);
  std::memset(audio.writable().data(), static_cast<int>(sequence & 0x7f), kAudioBytes);
  return audio;
}

}  // namespace

Status CountingSink::Process(FramePtr frame, Direction direction) {
  if (frame->type() == counted_ && direction == Direction::kDownstream) {
    in_order_ = in_order_ && frame->pts == count_ + 1;
    ++count_;
    if (on_frame_) on_frame_(*frame);
  }
  Push(std::move(frame), direction);
  return OkStatus();
}

FrameType TypeOf(FrameContent content) {
  switch (content) {
    case FrameContent::kAudio: return FrameType::kOutputAudioRaw;
    case FrameContent::kText: return FrameType::kText;
    case FrameContent::kSystem: return FrameType::kInputAudioRaw;
  }
  return FrameType::kOutputAudioRaw;
}

FramePtr MakeFrame(FrameContent content, std::int64_t sequence) {
  Ref<Frame> frame;
  switch (content) {
    case FrameContent::kAudio: frame = Make<OutputAudioRawFrame>(FilledAudio(sequence), kRateHz, 1); break;
    case FrameContent::kText: frame = Make<TextFrame>("hello, world"); break;
    case FrameContent::kSystem: frame = Make<InputAudioRawFrame>(FilledAudio(sequence), kRateHz, 1); break;
  }
  frame->pts = sequence;
  return frame;
}

class Chain::Counter final : public BaseObserver {
 public:
  void OnPushFrame(const FramePushed&) override { ++count; }
  std::uint64_t count = 0;
};

Chain::Chain(int processors, FrameContent content, const std::string& observer)
    : sink_(TypeOf(content)), defaults_(observer) {
  std::vector<FrameProcessor*> all;
  for (int i = 0; i < processors; ++i) {
    all.push_back(processors_.emplace_back(std::make_unique<Passthrough>()).get());
  }
  all.push_back(&sink_);
  pipeline_ = std::make_unique<Pipeline>(defaults_.Complete(std::move(all)));
  PipelineTaskOptions options = defaults_.Options(kRateHz);
  if (observer == "one") {
    counter_ = std::make_unique<Counter>();
    options.observers = {counter_.get()};
  }
  task_ = std::make_unique<PipelineTask>(*pipeline_, std::move(options));
}

Chain::~Chain() { task_.reset(); }

std::uint64_t Chain::observed() const { return counter_ ? counter_->count : 0; }

}  // namespace repartee::bench
