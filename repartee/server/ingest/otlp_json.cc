#include "repartee/server/ingest/otlp_json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <functional>

#include "repartee/base/encoding.h"
#include "repartee/otel/wire/protobuf_writer.h"
#include "repartee/server/ingest/mapping/attributes.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/ids.h"

namespace repartee::server {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

constexpr std::uint32_t kNoField = 15;

// Nothing if absent or null. Of equal keys the last counts.
class Fields {
 public:
  explicit Fields(object fields) : fields_(fields) {}

  bool Find(std::string_view key, element& to) const {
    bool found = false;
    for (const auto field : fields_) {
      if (field.key != key) continue;
      found = !field.value.is_null();
      to = field.value;
    }
    return found;
  }
  bool IsNull(std::string_view key) const {
    bool is_null = false;
    for (const auto field : fields_) {
      if (field.key == key) is_null = field.value.is_null();
    }
    return is_null;
  }
  std::string_view Text(std::string_view key) const {
    element value;
    std::string_view text;
    if (!Find(key, value) || value.get(text) != simdjson::SUCCESS) return {};
    return text;
  }

 private:
  object fields_;
};

bool IsObject(const element& value) { return value.type() == element_type::OBJECT; }

object AsObject(const element& value) {
  object fields;
  if (value.get(fields) != simdjson::SUCCESS) return {};
  return fields;
}

class Transcoder {
 public:
  explicit Transcoder(std::string& out) : w_(out) {}

  Status Request(const element& root) {
    if (!IsObject(root)) return Status::Malformed("not an object");
    return ForEach(Fields(AsObject(root)), "resourceSpans",
                   [this](const Fields& part) { return Nested(1, [&] { return ResourceSpans(part); }); });
  }

 private:
  // Calls `each` for every object of the list `key`; nulls are passed over.
  template <class Each>
  Status ForEach(const Fields& owner, std::string_view key, Each&& each) {
    element value;
    if (!owner.Find(key, value)) return OkStatus();
    array list;
    if (value.get(list) != simdjson::SUCCESS) return Status::Malformed("{}:not_an_array", key);
    std::size_t index = 0;
    for (const element item : list) {
      if (!item.is_null()) {
        if (!IsObject(item)) return Status::Malformed("{}[{}]:not_an_object", key, index);
        Status status = each(Fields(AsObject(item)));
        if (!status.ok()) return std::move(status).Annotate("{}[{}]", key, index);
      }
      ++index;
    }
    return OkStatus();
  }

  // A nested message whose body may fail.
  template <class Body>
  Status Nested(std::uint32_t field, Body&& body) {
    Status status;
    w_.Message(field, [&] { status = body(); });
    return status;
  }

  Status ResourceSpans(const Fields& part) {
    element resource;
    if (part.Find("resource", resource) && IsObject(resource)) {
      Status status = Nested(1, [&] { return Attributes(Fields(AsObject(resource)), 1); });
      if (!status.ok()) return std::move(status).Annotate("resource");
    }
    return ForEach(part, "scopeSpans",
                   [this](const Fields& spans) { return Nested(2, [&] { return ScopeSpans(spans); }); });
  }

  Status ScopeSpans(const Fields& part) {
    element value;
    if (part.Find("scope", value) && IsObject(value)) {
      const Fields scope(AsObject(value));
      Status status = Nested(1, [&] {
        if (const std::string_view name = scope.Text("name"); !name.empty()) w_.Bytes(1, name);
        if (const std::string_view version = scope.Text("version"); !version.empty()) w_.Bytes(2, version);
        return Attributes(scope, 3);
      });
      if (!status.ok()) return std::move(status).Annotate("scope");
    }
    return ForEach(part, "spans",
                   [this](const Fields& span) { return Nested(2, [&] { return Span(span); }); });
  }

  // ---- one span ----

  Status Span(const Fields& span) {
    std::string_view trace_id, span_id, parent_id;
    for (const auto& [key, to] : {std::pair("traceId", &trace_id), std::pair("spanId", &span_id)}) {
      element value;
      if (!span.Find(key, value)) return Status::Malformed("{}:absent", key);
      if (value.get(*to) != simdjson::SUCCESS) return Status::Malformed("{}:not_a_string", key);
      if (to->size() > kMaxIdBytes) return Status::Malformed("{}:longer than {} bytes", key, kMaxIdBytes);
    }
    element parent;
    if (span.Find("parentSpanId", parent) && parent.get(parent_id) != simdjson::SUCCESS)
      return Status::Malformed("parentSpanId:not_a_string");
    w_.Bytes(1, TraceIdFromText(trace_id).Bytes());
    w_.Bytes(2, SpanIdBytes(SpanIdFromText(span_id)));
    if (!parent_id.empty()) w_.Bytes(4, SpanIdBytes(SpanIdFromText(parent_id)));
    w_.Bytes(5, span.Text("name"));
    Kind(span);
    Time(span, "startTimeUnixNano", 7);
    Time(span, "endTimeUnixNano", 8);
    if (Status status = Attributes(span, 9); !status.ok()) return status;
    ForeignId(Key::kForeignTraceId, trace_id, IsCanonical(TraceIdFromText(trace_id), trace_id));
    ForeignId(Key::kForeignSpanId, span_id, IsCanonical(SpanIdFromText(span_id), span_id));
    const bool has_own_parent = parent_id.empty() || IsCanonical(SpanIdFromText(parent_id), parent_id);
    ForeignId(Key::kForeignParentId, parent_id, has_own_parent);
    Status status = ForEach(span, "events", [this](const Fields& event) {
      return Nested(11, [&] {
        Time(event, "timeUnixNano", 1);
        w_.Bytes(2, event.Text("name"));
        return Attributes(event, 3);
      });
    });
    if (!status.ok()) return status;
    SpanStatus(span);
    return OkStatus();
  }

  void Kind(const Fields& span) {
    element value;
    std::int64_t kind = 0;
    if (span.Find("kind", value) && value.get(kind) == simdjson::SUCCESS && kind >= 0 && kind < 16)
      w_.Varint(6, static_cast<std::uint64_t>(kind));
  }

  // A decimal text or a number; what is neither counts as not given.
  void Time(const Fields& owner, std::string_view key, std::uint32_t field) {
    element value;
    if (!owner.Find(key, value)) return;
    std::uint64_t ns = 0;
    std::string_view text;
    double number = 0;
    if (value.get(text) == simdjson::SUCCESS) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ns);
      if (error != std::errc() || end != text.data() + text.size()) return;
    } else if (value.get(ns) != simdjson::SUCCESS) {
      if (value.get(number) != simdjson::SUCCESS || !(number >= 0) || number > 1.8e19) return;
      ns = static_cast<std::uint64_t>(number);
    }
    w_.Fixed64(field, ns);
  }

  // Only the number 2 is an error; the enumerator's name is not known there.
  void SpanStatus(const Fields& span) {
    element value;
    if (!span.Find("status", value) || !IsObject(value)) return;
    const Fields status(AsObject(value));
    w_.Message(15, [&] {
      element part;
      std::string_view message;
      std::int64_t code = 0;
      if (status.Find("message", part) && part.get(message) == simdjson::SUCCESS) w_.Bytes(2, message);
      if (status.Find("code", part) && part.get(code) == simdjson::SUCCESS && code >= 0 && code <= 2)
        w_.Varint(3, static_cast<std::uint64_t>(code));
    });
  }

  void ForeignId(Key key, std::string_view text, bool is_canonical) {
    if (is_canonical) return;
    w_.Message(9, [&] {
      w_.Bytes(1, KeyName(key));
      w_.Message(2, [&] { w_.Bytes(1, text); });
    });
  }

  // ---- attributes ----

  Status Attributes(const Fields& owner, std::uint32_t field) {
    return ForEach(owner, "attributes", [this, field](const Fields& pair) {
      return Nested(field, [&]() -> Status {
        w_.Bytes(1, pair.Text("key"));
        element value;
        if (!pair.Find("value", value)) return OkStatus();
        return Nested(2, [&] { return Value(value, kMaxValueNesting); });
      });
    });
  }

  // The value as its JSON text: what the reference shows of kinds it does not unfold.
  void AsText(const element& value) { w_.Bytes(1, simdjson::minify(value)); }

  Status Value(const element& value, int depth_left) {
    if (depth_left <= 0) return Status::Malformed("values nested deeper than {}", kMaxValueNesting);
    if (!IsObject(value)) {
      AsText(value);
      return OkStatus();
    }
    const Fields fields(AsObject(value));
    element part;
    std::string_view text;
    bool boolean = false;
    if (fields.Find("stringValue", part) && part.get(text) == simdjson::SUCCESS) {
      w_.Bytes(1, text);
    } else if (fields.Find("boolValue", part) && part.get(boolean) == simdjson::SUCCESS) {
      w_.Varint(2, boolean ? 1 : 0);
    } else if (fields.Find("intValue", part)) {
      if (!Integer(part)) AsText(value);
    } else if (fields.IsNull("doubleValue")) {
      w_.Bytes(1, "null");  // how JavaScript writes a number that is none
    } else if (fields.Find("doubleValue", part)) {
      Double(part);
    } else if (fields.Find("arrayValue", part) && IsObject(part)) {
      return Array(value, Fields(AsObject(part)), depth_left);
    } else {
      AsText(value);
    }
    return OkStatus();
  }

  // A number, or a text that is one; JavaScript reads both alike.
  bool Integer(const element& part) {
    std::int64_t integer = 0;
    double number = 0;
    std::string_view text;
    if (part.get(integer) == simdjson::SUCCESS) {
      w_.Varint(3, static_cast<std::uint64_t>(integer));
      return true;
    }
    if (part.get(text) == simdjson::SUCCESS) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
      if (error == std::errc() && end == text.data() + text.size()) {
        w_.Varint(3, static_cast<std::uint64_t>(integer));
        return true;
      }
      const std::optional<double> read = JavaScriptNumber(text);
      if (read) w_.Double(4, *read);
      return read.has_value();
    }
    if (part.get(number) != simdjson::SUCCESS) return false;
    w_.Double(4, number);
    return true;
  }

  // "NaN" and "Infinity" stay texts, other texts that are numbers become numbers.
  void Double(const element& part) {
    double number = 0;
    std::string_view text;
    if (part.get(text) == simdjson::SUCCESS) {
      const std::optional<double> read = JavaScriptNumber(text);
      return read ? w_.Double(4, *read) : w_.Bytes(1, text);
    }
    if (part.get(number) == simdjson::SUCCESS) return w_.Double(4, number);
    AsText(part);
  }

  Status Array(const element& whole, const Fields& list, int depth_left) {
    element values;
    array items;
    if (!list.Find("values", values) || values.get(items) != simdjson::SUCCESS) {
      AsText(whole);
      return OkStatus();
    }
    return Nested(5, [&]() -> Status {
      // An empty list is told from one that is not there by a field that means nothing.
      if (items.size() == 0) w_.Varint(kNoField, 0);
      for (const element item : items) {
        if (Status status = Nested(1, [&] { return Value(item, depth_left - 1); }); !status.ok())
          return status;
      }
      return OkStatus();
    });
  }

  otel::ProtobufWriter w_;
};

}  // namespace

Result<std::string> ProtobufFromOtlpJson(std::string_view json) {
  thread_local simdjson::dom::parser parser(kMaxInflatedBytes);
  element root;
  const simdjson::error_code error = parser.parse(json.data(), json.size()).get(root);
  if (error != simdjson::SUCCESS) return Status::Malformed("not JSON: {}", simdjson::error_message(error));
  std::string out;
  out.reserve(json.size());
  if (Status status = Transcoder(out).Request(root); !status.ok()) return status;
  return out;
}

}  // namespace repartee::server
