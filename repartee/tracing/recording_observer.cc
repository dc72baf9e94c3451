#include "repartee/tracing/recording_observer.h"

#include <algorithm>
#include <utility>

#include "repartee/audio/pcm.h"
#include "repartee/base/log.h"
#include "repartee/frames/audio_frames.h"

namespace repartee {
namespace {

// Of what both sides were heard until now nothing older can come.
constexpr Nanos kSettled = std::chrono::milliseconds(500);
constexpr Nanos kPiece = std::chrono::seconds(1);
constexpr std::size_t kMaxTurns = 2'000;

}  // namespace

RecordingObserver::RecordingObserver(TracingContext& context, std::shared_ptr<Recording> recording)
    : context_(context),
      recording_(std::move(recording)),
      begun_(context.pipeline_now()),
      begun_wall_(context.wall_now()) {
  conversation_.span = context_.conversation().current();
}

void RecordingObserver::NoteTurn(const otel::SpanContext& turn, Nanos start, Nanos end) {
  if (conversation_.turns.size() >= kMaxTurns) return;
  conversation_.turns.push_back({turn.span_id, start - begun_wall_, end - begun_wall_});
}

FrameTypeSet RecordingObserver::wanted_pushes() const {
  return {FrameType::kInputAudioRaw,     FrameType::kUserAudioRaw,         FrameType::kOutputAudioRaw,
          FrameType::kTTSAudioRaw,       FrameType::kSpeechOutputAudioRaw, FrameType::kBotStartedSpeaking,
          FrameType::kBotStoppedSpeaking};
}

void RecordingObserver::OnPushFrame(const FramePushed& event) {
  if (event.direction != Direction::kDownstream) return;
  if (event.frame->Is<InputAudioRawFrame>()) {
    if (!event.first_push) return;
    const auto& heard = *event.frame->As<InputAudioRawFrame>();
    NoteSound(user_, heard.audio, heard.sample_rate, heard.num_channels);
  } else if (event.frame->Is<OutputAudioRawFrame>()) {
    // The output transport passes a piece on when it has been played.
    if (&event.source != speaker_) return;
    const auto& said = *event.frame->As<OutputAudioRawFrame>();
    NoteSound(bot_, said.audio, said.sample_rate, said.num_channels);
  } else if (event.first_push) {
    if (event.frame->type() == FrameType::kBotStartedSpeaking) speaker_ = &event.source;
    if (event.frame->type() == FrameType::kBotStoppedSpeaking) bot_.Rest();
  }
}

void RecordingObserver::NoteSound(RecordingTrack& track, const AudioBuffer& audio, int rate_hz,
                                  int channels) {
  if (failed_ || channels < 1) return;
  const auto mono = MixToMono(audio.samples(), channels);
  if (Status status = track.Add(mono, rate_hz, Now()); !status.ok()) {
    LogError("tracing: {}; the rest of the conversation is not recorded", status.message());
    failed_ = true;
    return;
  }
  const Nanos handed_out = FromSeconds(static_cast<double>(handed_out_) / kRecordingRate);
  if (Now() - kSettled - handed_out >= kPiece) HandOut(Now() - kSettled);
}

void RecordingObserver::HandOut(Nanos until) {
  const auto end = static_cast<std::size_t>(std::max(ToSeconds(until), 0.0) * kRecordingRate);
  if (end <= handed_out_) return;
  const std::size_t count = end - handed_out_;
  handed_out_ = end;
  recording_->Add(InterleaveStereo(user_.Take(count), bot_.Take(count)));
}

void RecordingObserver::Close() {
  if (std::exchange(closed_, true)) return;
  user_.Rest();
  bot_.Rest();
  const std::size_t rest = std::max(user_.held(), bot_.held());
  if (rest > 0) recording_->Add(InterleaveStereo(user_.Take(rest), bot_.Take(rest)));
  recording_->Finish(std::exchange(conversation_, {}));
}

}  // namespace repartee
