#include "repartee/otel/wire/pull_parser.h"

#include <bit>
#include <cstring>

namespace repartee::otel {
namespace internal {

bool WireReader::Varint(std::uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (next_ == end_) return Fail("truncated number");
    const auto byte = static_cast<unsigned char>(*next_++);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return Fail("number longer than 10 bytes");
}

bool WireReader::Next(WireField& field) {
  if (next_ == end_ || fault_ != nullptr) return false;
  std::uint64_t key = 0;
  if (!Varint(key)) return false;
  if (key >> 32 != 0 || key >> 3 == 0) return Fail("field number out of range");
  field.number = static_cast<std::uint32_t>(key >> 3);
  field.type = static_cast<std::uint32_t>(key & 7);
  const auto left = [this] { return static_cast<std::size_t>(end_ - next_); };
  switch (field.type) {
    case 0: return Varint(field.value);
    case 1:
      if (left() < 8) return Fail("truncated 64-bit field");
      std::memcpy(&field.value, next_, 8);
      next_ += 8;
      return true;
    case 2: {
      std::uint64_t size = 0;
      if (!Varint(size)) return false;
      if (size > left()) return Fail("a length points past the end");
      field.bytes = {next_, static_cast<std::size_t>(size)};
      next_ += size;
      return true;
    }
    case 5: {
      if (left() < 4) return Fail("truncated 32-bit field");
      std::uint32_t small = 0;
      std::memcpy(&small, next_, 4);
      field.value = small;
      next_ += 4;
      return true;
    }
    default: return Fail("wire type that protobuf does not have");
  }
}

}  // namespace internal

namespace {

using internal::WireField;
using internal::WireReader;

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kFixed64 = 1;
constexpr std::uint32_t kBytes = 2;

Status Wrong(std::string_view name, const WireField& field) {
  return Status::Malformed("field {} ({}) has wire type {}: is this really a traces export?", field.number,
                           name, field.type);
}

// Reads the value; with `check` also all that is nested in it.
Status ReadAnyValue(std::string_view raw, int depth_left, bool check, AnyValueView& value);

Status CheckNested(std::string_view raw, bool key_values, int depth_left) {
  if (depth_left <= 0) return Status::Malformed("values nested too deep");
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    if (field.number != 1) continue;
    if (field.type != kBytes) return Wrong("values", field);
    AnyValueView ignored;
    if (!key_values) {
      if (Status status = ReadAnyValue(field.bytes, depth_left - 1, true, ignored); !status.ok())
        return status;
      continue;
    }
    WireReader pair(field.bytes);
    WireField part;
    while (pair.Next(part)) {
      if (part.number != 2) continue;
      if (part.type != kBytes) return Wrong("value", part);
      if (Status status = ReadAnyValue(part.bytes, depth_left - 1, true, ignored); !status.ok())
        return status;
    }
    if (pair.broken()) return Status::Malformed("{}", pair.fault());
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  return OkStatus();
}

Status ReadAnyValue(std::string_view raw, int depth_left, bool check, AnyValueView& value) {
  using Kind = AnyValueView::Kind;
  value = {};
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    const bool is_bytes = field.type == kBytes;
    switch (field.number) {
      case 1:
        if (!is_bytes) return Wrong("string_value", field);
        value.kind = Kind::kString;
        value.bytes = field.bytes;
        break;
      case 2:
        if (field.type != kVarint) return Wrong("bool_value", field);
        value.kind = Kind::kBool;
        value.boolean = field.value != 0;
        break;
      case 3:
        if (field.type != kVarint) return Wrong("int_value", field);
        value.kind = Kind::kInt;
        value.integer = static_cast<std::int64_t>(field.value);
        break;
      case 4:
        if (field.type != kFixed64) return Wrong("double_value", field);
        value.kind = Kind::kDouble;
        value.number = std::bit_cast<double>(field.value);
        break;
      case 5:
      case 6: {
        if (!is_bytes) return Wrong("array or kvlist", field);
        const bool pairs = field.number == 6;
        if (check) {
          if (Status status = CheckNested(field.bytes, pairs, depth_left); !status.ok()) return status;
        }
        value.kind = pairs ? Kind::kKeyValues : Kind::kArray;
        value.bytes = field.bytes;
        break;
      }
      case 7:
        if (!is_bytes) return Wrong("bytes_value", field);
        value.kind = Kind::kBytes;
        value.bytes = field.bytes;
        break;
      default: break;
    }
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  return OkStatus();
}

Status ReadKeyValue(std::string_view raw, int depth, bool check, KeyValueView& pair) {
  pair = {};
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == 1) {
      if (field.type != kBytes) return Wrong("key", field);
      pair.key = field.bytes;
    } else if (field.number == 2) {
      if (field.type != kBytes) return Wrong("value", field);
      Status status = ReadAnyValue(field.bytes, depth, check, pair.value);
      if (!status.ok()) return std::move(status).Annotate("value of {}", pair.key.substr(0, 64));
    }
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  return OkStatus();
}

}  // namespace

namespace internal {

AnyValueView OpenAnyValue(std::string_view raw) {
  AnyValueView value;
  // Checked when the request came in; a fault here would be an empty value.
  if (!ReadAnyValue(raw, 0, false, value).ok()) return {};
  return value;
}

KeyValueView OpenKeyValue(std::string_view raw) {
  KeyValueView pair;
  if (!ReadKeyValue(raw, 0, false, pair).ok()) return {};
  return pair;
}

}  // namespace internal

Status SpanParser::AddAttribute(std::string_view raw, std::vector<KeyValueView>& to, std::size_t first) {
  const std::size_t index = to.size() - first;
  if (index >= limits_.max_attributes)
    return Status::Malformed("more than {} attributes", limits_.max_attributes);
  to.emplace_back();
  Status status = ReadKeyValue(raw, limits_.max_nesting, true, to.back());
  if (!status.ok()) return std::move(status).Annotate("attributes[{}]", index);
  return OkStatus();
}

Status SpanParser::ParseEvent(std::string_view raw) {
  if (event_places_.size() >= limits_.max_events)
    return Status::Malformed("more than {} events", limits_.max_events);
  EventPlace& place = event_places_.emplace_back();
  place.first = event_attributes_.size();
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == 1) {
      if (field.type != kFixed64) return Wrong("time_unix_nano", field);
      place.view.time_ns = field.value;
    } else if (field.number == 2) {
      if (field.type != kBytes) return Wrong("name", field);
      place.view.name = field.bytes;
    } else if (field.number == 3) {
      if (field.type != kBytes) return Wrong("attributes", field);
      if (Status status = AddAttribute(field.bytes, event_attributes_, place.first); !status.ok())
        return status;
    }
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  place.count = event_attributes_.size() - place.first;
  return OkStatus();
}

namespace {

Status ParseStatus(std::string_view raw, SpanView& span) {
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == 2) {
      if (field.type != kBytes) return Wrong("status message", field);
      span.status_message = field.bytes;
      span.has_status_message = true;
    } else if (field.number == 3) {
      if (field.type != kVarint) return Wrong("status code", field);
      span.status_code = field.value <= 2 ? static_cast<int>(field.value) : 0;
    }
  }
  if (reader.broken()) return Status::Malformed("status: {}", reader.fault());
  return OkStatus();
}

// The plain fields of a span; false for those that need the parser's tables.
Result<bool> ReadPlainField(const WireField& field, SpanView& span) {
  const auto text = [&field](std::string_view& to, std::string_view name) -> Result<bool> {
    if (field.type != kBytes) return Wrong(name, field);
    to = field.bytes;
    return true;
  };
  const auto time = [&field](std::uint64_t& to, std::string_view name) -> Result<bool> {
    if (field.type != kFixed64) return Wrong(name, field);
    to = field.value;
    return true;
  };
  switch (field.number) {
    case 1: return text(span.trace_id, "trace_id");
    case 2: return text(span.span_id, "span_id");
    case 4: return text(span.parent_span_id, "parent_span_id");
    case 5: return text(span.name, "name");
    case 7: return time(span.start_ns, "start_time_unix_nano");
    case 8: return time(span.end_ns, "end_time_unix_nano");
    default: return false;
  }
}

}  // namespace

Status SpanParser::ParseSpanInto(std::string_view raw, SpanView& span) {
  span = {};
  span.raw = raw;
  span_attributes_.clear();
  event_attributes_.clear();
  event_places_.clear();
  events_.clear();
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    Result<bool> taken = ReadPlainField(field, span);
    if (!taken.ok()) return std::move(taken).status();
    if (*taken) continue;
    if (field.number != 9 && field.number != 11 && field.number != 15) continue;
    if (field.type != kBytes) return Wrong(field.number == 9 ? "attributes" : "events or status", field);
    Status status;
    if (field.number == 9) {
      status = AddAttribute(field.bytes, span_attributes_, 0);
    } else if (field.number == 11) {
      status = ParseEvent(field.bytes);
      if (!status.ok()) status = std::move(status).Annotate("events[{}]", event_places_.size() - 1);
    } else {
      status = ParseStatus(field.bytes, span);
    }
    if (!status.ok()) return status;
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  for (EventPlace& place : event_places_) {
    place.view.attributes = std::span(event_attributes_).subspan(place.first, place.count);
    events_.push_back(place.view);
  }
  span.attributes = span_attributes_;
  span.events = events_;
  return OkStatus();
}

Result<SpanView> SpanParser::ParseSpan(std::string_view raw) {
  SpanView span;
  if (Status status = ParseSpanInto(raw, span); !status.ok()) return status;
  return span;
}

Result<ResourceView> SpanParser::ParseResource(std::string_view raw) {
  resource_attributes_.clear();
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    if (field.number != 1) continue;
    if (field.type != kBytes) return Wrong("resource attributes", field);
    if (Status status = AddAttribute(field.bytes, resource_attributes_, 0); !status.ok()) return status;
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  return ResourceView{resource_attributes_, raw};
}

Result<ScopeView> SpanParser::ParseScope(std::string_view raw) {
  scope_attributes_.clear();
  ScopeView scope;
  scope.raw = raw;
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    if (field.number < 1 || field.number > 3) continue;
    if (field.type != kBytes) return Wrong("scope", field);
    if (field.number == 1) scope.name = field.bytes;
    if (field.number == 2) scope.version = field.bytes;
    if (field.number == 3) {
      if (Status status = AddAttribute(field.bytes, scope_attributes_, 0); !status.ok()) return status;
    }
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  scope.attributes = scope_attributes_;
  return scope;
}

namespace {

// The last field `number` of the message, or empty: protobuf allows the owner
// (resource, scope) to stand after what it owns.
Result<std::string_view> FindMessage(std::string_view raw, std::uint32_t number) {
  std::string_view found;
  WireReader reader(raw);
  WireField field;
  while (reader.Next(field)) {
    if (field.number == number && field.type == kBytes) found = field.bytes;
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  return found;
}

class RequestWalk {
 public:
  RequestWalk(const ParseLimits& limits, TraceVisitor& visitor)
      : limits_(limits), parser_(limits), visitor_(visitor) {}

  Status ResourceSpans(std::string_view raw) {
    const Result<std::string_view> message = FindMessage(raw, 1);
    if (!message.ok()) return message.status();
    Result<ResourceView> resource = parser_.ParseResource(*message);
    if (!resource.ok()) return std::move(resource).status().Annotate("resource");
    return ForEach(raw, "scope_spans", [&](std::string_view part) { return ScopeSpans(*resource, part); });
  }

  // Calls `each` for every field 2 (every repeated list of OTLP has that number).
  template <class Each>
  Status ForEach(std::string_view raw, std::string_view name, Each&& each) {
    WireReader reader(raw);
    WireField field;
    std::size_t index = 0;
    while (reader.Next(field)) {
      if (field.number != 2) continue;
      if (field.type != kBytes) return Wrong(name, field);
      Status status = each(field.bytes);
      if (!status.ok()) return std::move(status).Annotate("{}[{}]", name, index);
      ++index;
    }
    if (reader.broken()) return Status::Malformed("{}", reader.fault());
    return OkStatus();
  }

 private:
  Status ScopeSpans(const ResourceView& resource, std::string_view raw) {
    const Result<std::string_view> message = FindMessage(raw, 1);
    if (!message.ok()) return message.status();
    Result<ScopeView> scope = parser_.ParseScope(*message);
    if (!scope.ok()) return std::move(scope).status().Annotate("scope");
    return ForEach(raw, "spans", [&](std::string_view part) -> Status {
      if (++spans_ > limits_.max_spans) return Status::Malformed("more than {} spans", limits_.max_spans);
      Result<SpanView> span = parser_.ParseSpan(part);
      if (!span.ok()) return std::move(span).status();
      visitor_.OnSpan(resource, *scope, *span);
      return OkStatus();
    });
  }

  const ParseLimits& limits_;
  SpanParser parser_;
  TraceVisitor& visitor_;
  std::size_t spans_ = 0;
};

}  // namespace

Status ParseTraceRequest(std::string_view body, const ParseLimits& limits, TraceVisitor& visitor) {
  RequestWalk walk(limits, visitor);
  WireReader reader(body);
  WireField field;
  std::size_t index = 0;
  while (reader.Next(field)) {
    if (field.number != 1) continue;
    if (field.type != kBytes) return Wrong("resource_spans", field);
    Status status = walk.ResourceSpans(field.bytes);
    if (!status.ok()) return std::move(status).Annotate("resource_spans[{}]", index);
    ++index;
  }
  if (reader.broken()) return Status::Malformed("{}", reader.fault());
  return OkStatus();
}

}  // namespace repartee::otel
