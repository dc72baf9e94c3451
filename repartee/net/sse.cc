#include "repartee/net/sse.h"

namespace repartee {

Status SseParser::Feed(std::string_view bytes, const std::function<void(const SseEvent&)>& on_event) {
  while (!bytes.empty() && !failed_) {
    if (after_carriage_) {
      after_carriage_ = false;
      if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
        continue;
      }
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    failed_ = TooLarge(piece.size());
    if (failed_) break;
    if (end == std::string_view::npos) {
      line_ += piece;
      return OkStatus();
    }
    after_carriage_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (line_.empty()) {
      TakeLine(piece, on_event);
    } else {
      line_ += piece;
      TakeLine(line_, on_event);
      line_.clear();
    }
  }
  if (!failed_) return OkStatus();
  return Status::ResourceExhausted("a server-sent event is larger than {} bytes", max_event_bytes_);
}

bool SseParser::TooLarge(std::size_t more) const {
  return line_.size() + event_.data.size() + event_.type.size() + more > max_event_bytes_;
}

void SseParser::TakeLine(std::string_view line, const std::function<void(const SseEvent&)>& on_event) {
  if (first_line_ && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  first_line_ = false;
  if (line.empty()) return Dispatch(on_event);

  const std::size_t colon = line.find(':');
  if (colon == 0) return;  // a comment
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);

  if (field == "data") {
    if (has_data_) event_.data += '\n';
    has_data_ = true;
    event_.data += value;
  } else if (field == "event") {
    event_.type = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    event_.id = value;
  }
}

void SseParser::Dispatch(const std::function<void(const SseEvent&)>& on_event) {
  if (has_data_) {
    if (event_.type.empty()) event_.type = "message";
    on_event(event_);
  }
  event_.type.clear();
  event_.data.clear();
  has_data_ = false;
}

}  // namespace repartee
