#include "tests/scenario/case_log.h"

#include <algorithm>

#include "tests/scenario/frame_json.h"

namespace repartee::scenario {

Json CaseLog::AtMs() const {
  return begin_ < Nanos(0) ? Json() : Json(static_cast<double>((loop_.now() - begin_).count()) / 1e6);
}

void CaseLog::NoteFrame(const Frame& frame, Direction side) {
  Json json = FrameToCase(frame);
  for (const LeftOut& one : left_out_) {
    if (one.type == frame.type() && json.contains("fields")) json["fields"].erase(one.field);
  }
  Json& list = side == Direction::kDownstream ? downstream_ : upstream_;
  list.push_back({{"n", ++count_}, {"at_ms", AtMs()}, {"frame", std::move(json)}});
}

void CaseLog::NoteEvent(const std::string& name, const Json& details) {
  Json event = {{"at_ms", AtMs()}, {"event", name}};
  event.update(details);
  events_.push_back(std::move(event));
}

void CaseLog::NoteAudioWrite(const Frame& frame, std::string_view bytes) {
  const bool nonzero = std::ranges::any_of(bytes, [](char byte) { return byte != 0; });
  audio_writes_.push_back(
      {{"at_ms", AtMs()}, {"bytes", bytes.size()}, {"type", frame.type_name()}, {"nonzero", nonzero}});
}

}  // namespace repartee::scenario
