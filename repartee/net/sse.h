// Server-sent events, taken from a stream that may be cut anywhere: inside a line
// end, inside a UTF-8 character. The rules are WHATWG's (HTML, 9.2.6), except that
// "retry" is ignored: who reconnects, and when, is the caller's business.
//
// Bytes pass as they are; invalid UTF-8 is the reader's to judge.
// Thread: one at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee {

struct SseEvent {
  std::string type;  // "message" if the stream names none
  std::string data;  // lines joined by '\n'
  std::string id;    // the last one seen in the stream, maybe events ago
};

class SseParser {
 public:
  // An event larger than `max_event_bytes` ends the stream.
  explicit SseParser(std::size_t max_event_bytes = 1 << 20) : max_event_bytes_(max_event_bytes) {}

  // Calls `on_event` for each event that `bytes` completes; it must not destroy the
  // parser. ResourceExhausted over the limit, and from then on. What is incomplete
  // when the stream ends is no event: simply drop the parser.
  Status Feed(std::string_view bytes, const std::function<void(const SseEvent&)>& on_event);

 private:
  void TakeLine(std::string_view line, const std::function<void(const SseEvent&)>& on_event);
  void Dispatch(const std::function<void(const SseEvent&)>& on_event);
  bool TooLarge(std::size_t more) const;

  const std::size_t max_event_bytes_;
  std::string line_;  // the start of a line whose end is still to come
  SseEvent event_;
  bool has_data_ = false;
  bool first_line_ = true;       // may begin with a byte order mark
  bool after_carriage_ = false;  // a '\n' now belongs to the '\r' before
  bool failed_ = false;
};

}  // namespace repartee
