#include "repartee/otel/propagation.h"

#include <algorithm>

#include "repartee/base/encoding.h"
#include "repartee/base/log.h"

namespace repartee::otel {
namespace {

constexpr const char* kHeader = "traceparent";
constexpr std::size_t kLength = 55;  // of version 00
constexpr unsigned char kSampled = 1;

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

template <std::size_t N>
bool ReadId(std::string_view hex, Id<N>& id) {
  const Result<std::string> bytes = HexDecode(hex);
  if (!bytes.ok() || bytes->size() != N) return false;
  std::copy(bytes->begin(), bytes->end(), id.bytes.begin());
  return id.valid();
}

}  // namespace

std::string ToTraceParent(const SpanContext& context) {
  if (!context.valid()) return "";
  return "00-" + context.trace_id.ToHex() + "-" + context.span_id.ToHex() + (context.sampled ? "-01" : "-00");
}

Result<SpanContext> ParseTraceParent(std::string_view text) {
  text = Trim(text);
  if (text.size() < kLength) return Status::Malformed("traceparent: shorter than {} characters", kLength);
  const std::string_view version = text.substr(0, 2);
  const std::string_view flags = text.substr(53, 2);
  const bool dashes = text[2] == '-' && text[35] == '-' && text[52] == '-';
  if (!dashes || !IsLowerHex(version) || !IsLowerHex(text.substr(3, 32)) ||
      !IsLowerHex(text.substr(36, 16)) || !IsLowerHex(flags))
    return Status::Malformed("traceparent: not of the form 00-<32 hex>-<16 hex>-<2 hex>");
  const bool longer = text.size() > kLength;
  if (version == "ff" || (version == "00" && longer) || (longer && text[kLength] != '-'))
    return Status::Malformed("traceparent: version {} is not like this", version);
  SpanContext context;
  if (!ReadId(text.substr(3, 32), context.trace_id) || !ReadId(text.substr(36, 16), context.span_id))
    return Status::Malformed("traceparent: an id is all zeros");
  const Result<std::string> flag = HexDecode(flags);
  context.sampled = flag.ok() && (static_cast<unsigned char>(flag->front()) & kSampled) != 0;
  context.is_remote = true;
  return context;
}

Propagator Propagator::FromEnvironment(const Environment& environment) {
  const std::string list = ToLower(environment.Get("OTEL_PROPAGATORS"));
  Propagator propagator;
  if (list.empty()) return propagator;
  propagator.trace_context_ = false;
  for (std::size_t from = 0; from < list.size();) {
    const std::size_t comma = std::min(list.find(',', from), list.size());
    const std::string_view name = Trim(std::string_view(list).substr(from, comma - from));
    from = comma + 1;
    if (name == "tracecontext") {
      propagator.trace_context_ = true;
    } else if (!name.empty() && name != "baggage" && name != "none") {
      LogWarning("OTEL_PROPAGATORS: \"{}\" is not one of tracecontext, baggage, none; it is ignored", name);
    }
  }
  return propagator;
}

void Propagator::Inject(const SpanContext& context, HttpHeaders& headers) const {
  if (trace_context_ && context.valid()) headers.Set(kHeader, ToTraceParent(context));
}

SpanContext Propagator::Extract(const HttpHeaders& headers) const {
  if (!trace_context_ || !headers.Has(kHeader)) return {};
  Result<SpanContext> context = ParseTraceParent(headers.Get(kHeader));
  if (context.ok()) return *std::move(context);
  LogDebug("tracing: {}", context.status().message());
  return {};
}

}  // namespace repartee::otel
