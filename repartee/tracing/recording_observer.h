// RecordingObserver: hears what the user says and what of the bot's speech is played, and
// hands both to a recording as two channels. The recording begins with the conversation's
// span.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <vector>

#include "repartee/frames/audio_buffer.h"
#include "repartee/pipeline/observer.h"
#include "repartee/tracing/recording_track.h"
#include "repartee/tracing/recordings.h"
#include "repartee/tracing/tracing_context.h"

namespace repartee {

class RecordingObserver final : public BaseObserver {
 public:
  // After the conversation's span was opened. `context` is borrowed; both outlive their last call.
  RecordingObserver(TracingContext& context, std::shared_ptr<Recording> recording);

  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  // A turn is over; wall times.
  void NoteTurn(const otel::SpanContext& turn, Nanos start, Nanos end);
  // The conversation is over. The second call does nothing.
  void Close();

 private:
  void NoteSound(RecordingTrack& track, const AudioBuffer& audio, int rate_hz, int channels);
  void HandOut(Nanos until);
  Nanos Now() const { return context_.pipeline_now() - begun_; }

  TracingContext& context_;
  const std::shared_ptr<Recording> recording_;  // shared with its writer
  const Nanos begun_;                           // pipeline clock
  const Nanos begun_wall_;
  RecordedConversation conversation_;
  const FrameProcessor* speaker_ = nullptr;  // the output transport
  RecordingTrack user_{kRecordingRate};
  RecordingTrack bot_{kRecordingRate};
  std::size_t handed_out_ = 0;  // samples of a channel
  bool failed_ = false;
  bool closed_ = false;
};

}  // namespace repartee
