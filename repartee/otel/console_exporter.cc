#include "repartee/otel/console_exporter.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <iterator>

namespace repartee::otel {
namespace {

std::string WallText(Nanos time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(static_cast<std::time_t>(seconds.count())),
                     micros.count());
}

double Millis(Nanos duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

const char* StatusText(SpanStatus status) {
  switch (status) {
    case SpanStatus::kUnset: return "unset";
    case SpanStatus::kOk: return "ok";
    case SpanStatus::kError: return "error";
  }
  return "";
}

void AppendAttributes(std::string& out, const Attributes& attributes, std::string_view indent) {
  for (const Attribute& attribute : attributes) {
    fmt::format_to(std::back_inserter(out), "{}{} = {}\n", indent, attribute.key.view(),
                   ToText(attribute.value));
  }
}

}  // namespace

std::string FormatSpan(const SpanData& span) {
  std::string out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "span {}{}\n", span.name, IsProvisional(span) ? " (open)" : "");
  fmt::format_to(to, "  trace {} span {} parent {}\n", span.context.trace_id.ToHex(),
                 span.context.span_id.ToHex(),
                 span.parent_span_id.valid() ? span.parent_span_id.ToHex() : "none");
  fmt::format_to(to, "  scope {}, status {}{}{}\n", span.scope_name, StatusText(span.status),
                 span.status_description.empty() ? "" : ": ", span.status_description);
  fmt::format_to(to, "  start {}, duration {:.3f} ms\n", WallText(span.start), Millis(span.end - span.start));
  AppendAttributes(out, span.attributes, "  ");
  for (const SpanEvent& event : span.events) {
    fmt::format_to(to, "  event {} at +{:.3f} ms\n", event.name, Millis(event.time - span.start));
    AppendAttributes(out, event.attributes, "    ");
  }
  return out;
}

void ConsoleExporter::Export(std::vector<SpanPtr> spans, Nanos /*time_limit*/, Done done) {
  std::string text;
  for (const SpanPtr& span : spans) text += FormatSpan(*span);
  const bool written =
      std::fwrite(text.data(), 1, text.size(), out_) == text.size() && std::fflush(out_) == 0;
  done({.status = written ? OkStatus() : Status::Unavailable("the console takes no more text")});
}

}  // namespace repartee::otel
