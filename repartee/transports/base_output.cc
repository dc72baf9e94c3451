#include "repartee/transports/base_output.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/dtmf.h"
#include "repartee/base/log.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxTimed = 16384;
constexpr Nanos kMaxPause = std::chrono::seconds(30);

}  // namespace

BaseOutputTransport::BaseOutputTransport(const char* class_name, TransportParams params)
    : FrameProcessor(class_name), params_(params) {}

BaseOutputTransport::~BaseOutputTransport() = default;

int BaseOutputTransport::sample_rate() const {
  return params_.audio_out_sample_rate > 0 ? params_.audio_out_sample_rate : setup().audio_out_sample_rate;
}

Status BaseOutputTransport::OnSetup() {
  const int channels = params_.audio_out_channels;
  const int chunks = params_.audio_out_10ms_chunks;
  if (channels < 1 || channels > 64 || chunks < 1 || chunks > 100 || sample_rate() < 1000) {
    return Status::InvalidArgument("{}: {} Hz, {} channels in chunks of {} times 10 ms cannot be played",
                                   name(), sample_rate(), channels, chunks);
  }
  chunker_.emplace(sample_rate(), channels,
                   static_cast<std::size_t>(sample_rate() / 100 * channels * 2 * chunks));
  MediaSenderOptions options;
  options.volume = params_.audio_out_volume;
  options.write_timeout = params_.audio_out_write_timeout;
  options.rate_hz = sample_rate();
  options.channels = channels;
  options.filter = params_.audio_out_filter;
  options.mixer = params_.audio_out_mixer;
  options.idle_chunk =
      AudioBuffer::Silence(static_cast<std::size_t>(sample_rate() / 100 * channels * 2 * chunks));
  const auto silence = static_cast<std::size_t>(ToSeconds(params_.audio_out_end_silence) * sample_rate());
  if (params_.audio_out_enabled) options.end_silence = AudioBuffer::Silence(silence * 2);
  MediaSink& sink = *this;
  sender_ = std::make_unique<MediaSender>(loop(), setup().run_list, sink, std::move(options));
  due_ = std::make_unique<Timer>(loop(), [this] { PushDue(); });
  pause_limit_ = std::make_unique<Timer>(loop(), [this] { Pause(false); });
  progress_ = std::make_unique<Mailbox<bool>>(loop(), 1);
  return OkStatus();
}

void BaseOutputTransport::OnCleanup() {
  if (!sender_) return;
  sender_->Stop();
  due_->Disarm();
  pause_limit_->Disarm();
  timed_.clear();
  StopOnce();
}

Status BaseOutputTransport::Start() {
  SetReady();
  return OkStatus();
}

void BaseOutputTransport::SetReady() {
  if (sender_->started()) return;
  sender_->Start();
  Push(Make<OutputTransportReadyFrame>(), Direction::kUpstream);
}

void BaseOutputTransport::StopOnce() {
  if (!std::exchange(stopped_, true)) Stop();
}

// ---------------------------------------------------------------- routes

Status BaseOutputTransport::Process(FramePtr frame, Direction direction) {
  if (direction == Direction::kDownstream && sender_) return ProcessDownstream(std::move(frame));
  Push(std::move(frame), direction);
  return OkStatus();
}

Status BaseOutputTransport::ProcessDownstream(FramePtr frame) {
  switch (frame->type()) {
    case FrameType::kStart: {
      Push(std::move(frame));
      Status status = Start();
      if (!status.ok()) PushError(status.message(), ErrorCategory::kConnectivity);
      return OkStatus();
    }
    case FrameType::kEnd: return Wait(Finish(std::move(frame)));
    case FrameType::kCancel:
      sender_->Stop();
      timed_.clear();
      due_->Disarm();
      StopOnce();
      break;
    case FrameType::kInterruption:
      Push(std::move(frame));
      Interrupt();
      return OkStatus();
    case FrameType::kPauseUrgent:
      if (frame->As<FrameProcessorPauseUrgentFrame>()->processor == this) Pause(true);
      break;
    case FrameType::kResumeUrgent:
      if (frame->As<FrameProcessorResumeUrgentFrame>()->processor == this) Pause(false);
      break;
    case FrameType::kVolume:
    case FrameType::kVolumeGain:
    case FrameType::kFilterUpdateSettings:
    case FrameType::kFilterEnable:
    case FrameType::kMixerUpdateSettings:
    case FrameType::kMixerEnable:
      if (Status status = sender_->Control(*frame); !status.ok()) return status;
      break;
    case FrameType::kOutputDTMF: return Dial(frame->As<OutputDTMFFrame>()->buttons);
    case FrameType::kOutputDTMFUrgent: return Dial(frame->As<OutputDTMFUrgentFrame>()->buttons);
    case FrameType::kOutputTransportMessageUrgent:
      return SendMessage(frame->As<OutputTransportMessageUrgentFrame>()->message);
    case FrameType::kOutputAudioRaw:
    case FrameType::kTTSAudioRaw:
    case FrameType::kSpeechOutputAudioRaw: return TakeAudio(*frame->As<OutputAudioRawFrame>());
    case FrameType::kTTSStopped:
      for (auto& chunk : chunker_->Flush()) sender_->Add(std::move(chunk));
      sender_->Add(std::move(frame));
      return OkStatus();
    default: break;
  }
  if (frame->is_system()) {
    Push(std::move(frame));
  } else if (frame->pts != 0) {
    AddTimed(std::move(frame));
  } else {
    sender_->Add(std::move(frame));
  }
  return OkStatus();
}

Status BaseOutputTransport::TakeAudio(const OutputAudioRawFrame& frame) {
  if (!params_.audio_out_enabled) return OkStatus();
  if (!frame.transport_destination().empty()) {
    LogWarning("{}: there is no track '{}'; its audio is dropped", name(), frame.transport_destination());
    return OkStatus();
  }
  auto chunks = chunker_->Add(frame);
  if (!chunks.ok()) return std::move(chunks).status();
  for (auto& chunk : *chunks) sender_->Add(std::move(chunk));
  return OkStatus();
}

// Tones take their turn with the sound, behind what waits.
Status BaseOutputTransport::Dial(const std::vector<KeypadEntry>& keys) {
  for (const KeypadEntry key : keys) {
    if (SendDtmf(key)) continue;
    const auto tone = DtmfTone(static_cast<char>(key), sample_rate());
    const auto sound = Make<OutputAudioRawFrame>(AudioBuffer::Copy(tone), sample_rate(), 1);
    if (Status status = TakeAudio(*sound); !status.ok()) return status;
  }
  return OkStatus();
}

// What is due at a time becomes due so much later as the pause was long.
void BaseOutputTransport::Pause(bool pause) {
  if (pause == paused_at_.has_value()) return;
  if (pause) {
    paused_at_ = clock_now();
    due_->Disarm();
    pause_limit_->Arm(kMaxPause);
    return sender_->Pause();
  }
  pause_limit_->Disarm();
  ResumeProcessingFrames();
  const std::int64_t shift = (clock_now() - *std::exchange(paused_at_, std::nullopt)).count();
  std::multimap<std::int64_t, FramePtr> later;
  for (auto& [time, frame] : timed_) later.emplace(time + shift, std::move(frame));
  timed_ = std::move(later);
  sender_->Resume();
  PushDue();
}

void BaseOutputTransport::WriteInOrder(const Frame& frame) {
  const auto* message = frame.As<OutputTransportMessageFrame>();
  const Status status = message ? SendMessage(message->message) : WriteFrame(frame);
  if (!status.ok()) WriteFailed(status.message());
}

void BaseOutputTransport::Interrupt() {
  paused_at_.reset();
  pause_limit_->Disarm();
  chunker_->Drop();
  std::erase_if(timed_, [](const auto& one) { return one.second->interruptible(); });
  PushDue();
  OnInterrupted();
  sender_->Interrupt();
}

// ---------------------------------------------------------------- timed frames

void BaseOutputTransport::AddTimed(FramePtr frame) {
  const std::int64_t pts = frame->pts;
  timed_.emplace(pts, std::move(frame));
  if (!paused_at_) PushDue();
}

void BaseOutputTransport::PushDue() {
  const std::int64_t now = clock_now().count();
  while (!timed_.empty() && (timed_.begin()->first <= now || timed_.size() > kMaxTimed)) {
    Push(std::move(timed_.extract(timed_.begin()).mapped()));
  }
  if (timed_.empty()) {
    due_->Disarm();
    progress_->Send(true);
  } else {
    due_->ArmAt(setup().started_at + Nanos(timed_.begin()->first));
  }
}

// ---------------------------------------------------------------- speaking and ends

void BaseOutputTransport::BotStartedSpeaking() { Broadcast<BotStartedSpeakingFrame>(); }
void BaseOutputTransport::BotSpeaking() { Broadcast<BotSpeakingFrame>(); }

void BaseOutputTransport::BotStoppedSpeaking() { Broadcast<BotStoppedSpeakingFrame>(); }

void BaseOutputTransport::WriteFailed(std::string text) {
  PushError(std::move(text), ErrorCategory::kConnectivity);
}

void BaseOutputTransport::Drained() {
  drained_ = true;
  progress_->Send(true);
}

// A transport that never became ready has nobody to play to.
Task<Status> BaseOutputTransport::Finish(FramePtr end) {
  Pause(false);
  for (auto& chunk : chunker_->Flush()) sender_->Add(std::move(chunk));
  sender_->Add(end);
  if (!sender_->started()) drained_ = true;
  while (!drained_ || !timed_.empty()) co_await progress_->Receive();
  sender_->Stop();
  StopOnce();
  Push(std::move(end));
  co_return OkStatus();
}

}  // namespace repartee
