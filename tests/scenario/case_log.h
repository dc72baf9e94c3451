// CaseLog: all that a case is judged by, in the order in which it happened: frames at
// both ends, events, audio writes. Frames become JSON at once, because a context that
// they carry goes on changing.
//
// Thread: the conversation's loop.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/base/json.h"
#include "repartee/frames/frame.h"

namespace repartee::scenario {

class CaseLog {
 public:
  // `loop` is borrowed.
  explicit CaseLog(const EventLoop& loop) : loop_(loop) {}

  // Times count from now; what was noted before has none.
  void BeginSteps() { begin_ = loop_.now(); }
  // Virtual milliseconds since then, or null.
  Json AtMs() const;

  // A field that is not part of what the case compares: it is left out of frames of that type.
  void LeaveOut(FrameType type, const char* field) { left_out_.push_back({type, field}); }

  // At the end of the pipeline on that side.
  void NoteFrame(const Frame& frame, Direction side);
  // `details` is an object of what the event tells.
  void NoteEvent(const std::string& name, const Json& details = Json::object());
  // When the write begins.
  void NoteAudioWrite(const Frame& frame, std::string_view bytes);

  // {"downstream": [...], "upstream": [...]}
  Json Observed() const { return {{"downstream", downstream_}, {"upstream", upstream_}}; }
  const Json& events() const { return events_; }
  const Json& audio_writes() const { return audio_writes_; }

 private:
  struct LeftOut {
    FrameType type;
    const char* field;
  };
  const EventLoop& loop_;
  Nanos begin_{-1};
  int count_ = 0;
  std::vector<LeftOut> left_out_;
  Json downstream_ = Json::array();
  Json upstream_ = Json::array();
  Json events_ = Json::array();
  Json audio_writes_ = Json::array();
};

}  // namespace repartee::scenario
