// The frames of RTVI: what an application sends to its client, and what a client sends that is
// the application's own business. Any processor may push the former; the observer passes them on.
//
// They are a program's own frames, told apart by AsRTVI. Thread: the conversation's loop.
#pragma once

#include <string>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/frames/frame.h"
#include "repartee/rtvi/observer_params.h"

namespace repartee {

struct RTVIFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kCustom;
  static constexpr FrameType kLast = kFirst;

 protected:
  RTVIFrame() : SystemFrame(kFirst) {}
};

// The frame as a T, or null.
template <class T>
const T* AsRTVI(const Frame& frame) {
  return frame.type() == FrameType::kCustom ? dynamic_cast<const T*>(&frame) : nullptr;
}

// A client's "client-message".
struct RTVIClientMessageFrame final : RTVIFrame {
  RTVIClientMessageFrame(std::string id, std::string kind, Json content)
      : msg_id(std::move(id)), type_text(std::move(kind)), data(std::move(content)) {}
  std::string_view type_name() const override { return "RTVIClientMessageFrame"; }
  std::string msg_id;
  std::string type_text;  // "t" on the wire
  Json data;              // "d" on the wire; null: none
};

// Becomes a "server-message".
struct RTVIServerMessageFrame final : RTVIFrame {
  explicit RTVIServerMessageFrame(Json content) : data(std::move(content)) {}
  std::string_view type_name() const override { return "RTVIServerMessageFrame"; }
  Json data;
};

// Becomes the "server-response" to a client's message, or its "error-response" when `error` is not empty.
struct RTVIServerResponseFrame final : RTVIFrame {
  RTVIServerResponseFrame(std::string id, std::string kind, Json content)
      : msg_id(std::move(id)), type_text(std::move(kind)), data(std::move(content)) {}
  std::string_view type_name() const override { return "RTVIServerResponseFrame"; }
  std::string msg_id;
  std::string type_text;
  Json data;
  std::string error;
};

// The user has typed something.
struct RTVISendTextFrame final : RTVIFrame {
  RTVISendTextFrame(std::string id, std::string typed, std::string time)
      : msg_id(std::move(id)), text(std::move(typed)), timestamp(std::move(time)) {}
  std::string_view type_name() const override { return "RTVISendTextFrame"; }
  std::string msg_id;
  std::string text;
  std::string timestamp;  // ISO 8601, UTC
};

// "ui-event", "ui-snapshot" and "ui-cancel-job-group", for the application.
struct RTVIUIMessageFrame final : RTVIFrame {
  RTVIUIMessageFrame(std::string id, std::string kind, Json content)
      : msg_id(std::move(id)), type_text(std::move(kind)), data(std::move(content)) {}
  std::string_view type_name() const override { return "RTVIUIMessageFrame"; }
  std::string msg_id;
  std::string type_text;
  Json data;
};

// Becomes a "ui-job-group": what a group of jobs is at, as the user interface shows it ("kind", and what
// belongs to it).
struct RTVIUIJobGroupFrame final : RTVIFrame {
  explicit RTVIUIJobGroupFrame(Json content) : data(std::move(content)) {}
  std::string_view type_name() const override { return "RTVIUIJobGroupFrame"; }
  Json data;
};

// The observer tells of other things from now on. Sound levels stay as they were at the start.
struct RTVIConfigureObserverFrame final : RTVIFrame {
  explicit RTVIConfigureObserverFrame(RTVIObserverParams what) : params(std::move(what)) {}
  std::string_view type_name() const override { return "RTVIConfigureObserverFrame"; }
  RTVIObserverParams params;
};

// Becomes a "ui-command".
struct RTVIUICommandFrame final : RTVIFrame {
  RTVIUICommandFrame(std::string name, Json content)
      : command(std::move(name)), payload(std::move(content)) {}
  std::string_view type_name() const override { return "RTVIUICommandFrame"; }
  std::string command;
  Json payload;
};

}  // namespace repartee
