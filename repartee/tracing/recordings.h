// Recordings: keeps the sound of conversations on disk while they last, and uploads it to
// where their spans go when they are over, by Langfuse's media protocol.
//
// A conversation's thread only posts its samples; one thread writes, another uploads, one
// medium at a time and three times at most. Uploaded are both channels (user left, bot
// right) with the conversation, and for each turn the user's sound as its input and the
// bot's as its output.
//
// Limits: 32 minutes of a conversation, 16 MiB of samples on their way to the disk (over
// it silence is written), 200 conversations that wait for their upload. What goes over is
// said in the log. Thread: any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "repartee/otel/otlp_options.h"
#include "repartee/otel/span_data.h"

namespace repartee {

inline constexpr int kRecordingRate = 16000;  // Hz

// Whose sound it is. Times count from the recording's start.
struct RecordedTurn {
  otel::SpanId span;
  Nanos begin{0};
  Nanos end{0};
};
struct RecordedConversation {
  otel::SpanContext span;
  std::vector<RecordedTurn> turns;
};

// What is uploaded: WAV unless the program brings another encoder.
struct RecordingFormat {
  std::string content_type = "audio/wav";
  // A whole file of 16-bit sound, channels interleaved. Called on the uploading thread. Null: WAV.
  std::function<Result<std::string>(std::span<const std::int16_t> samples, int rate_hz, int channels)>
      encode{};
};

// One conversation's sound while it lasts.
class Recording {
 public:
  virtual ~Recording() = default;
  // Both channels, interleaved, behind what was added before.
  virtual void Add(std::vector<std::int16_t> stereo) = 0;
  // The last call: the upload begins. Without it the recording is dropped.
  virtual void Finish(RecordedConversation conversation) = 0;
};

class Recordings {
 public:
  // `options` say where spans go, with which credentials. InvalidArgument when they go over gRPC, which
  // carries no media; Unavailable when there is no place for the files.
  static Result<std::unique_ptr<Recordings>> Create(const otel::OtlpOptions& options,
                                                    RecordingFormat format = {});
  virtual ~Recordings() = default;

  virtual std::shared_ptr<Recording> Begin() = 0;  // shared with what is posted to the writer
  // Waits until all that was finished is uploaded or given up; then takes nothing more. False if `timeout`
  // came first: the rest is dropped, and said in the log.
  virtual bool Finish(Nanos timeout) = 0;
  // Media uploaded, and given up.
  virtual std::int64_t uploaded() const = 0;
  virtual std::int64_t failed() const = 0;
};

}  // namespace repartee
