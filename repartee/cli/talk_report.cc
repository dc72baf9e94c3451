#include "repartee/cli/talk_report.h"

#include <fmt/format.h>

#include <cmath>

#include "repartee/base/json.h"
#include "repartee/otel/trace_tree.h"

namespace repartee::cli {
namespace {

double Millis(Nanos duration) { return std::chrono::duration<double, std::milli>(duration).count(); }
double Rounded(double value) { return std::round(value * 1000) / 1000; }

std::string TraceId(const TalkReport& report) {
  return report.spans.empty() ? std::string() : report.spans.front()->context.trace_id.ToHex();
}

std::string ReplyText(std::size_t number, const Reply& reply) {
  std::string text = fmt::format("\nReply {}: {:.0f} ms from the end of speech to the first sound\n", number,
                                 Millis(reply.latency.total));
  for (const LatencyContribution& part : reply.latency.contributions) {
    text += fmt::format("  {:<22}{:>6.0f} ms  {}\n", part.label, Millis(part.duration), part.owner);
  }
  return text;
}

Json ReplyJson(const Reply& reply) {
  Json parts = Json::array();
  for (const LatencyContribution& part : reply.latency.contributions) {
    parts.push_back({{"key", part.key}, {"owner", part.owner}, {"ms", Rounded(Millis(part.duration))}});
  }
  return {{"total_ms", Rounded(Millis(reply.latency.total))},
          {"leading_silence_ms", Rounded(Millis(reply.leading_silence))},
          {"contributions", std::move(parts)}};
}

Json SpanJson(const otel::SpanData& span, Nanos begin) {
  Json json = {{"name", span.name},
               {"span_id", span.context.span_id.ToHex()},
               {"start_ms", Rounded(Millis(span.start - begin))},
               {"duration_ms", Rounded(Millis(span.end - span.start))}};
  if (span.parent_span_id.valid()) json["parent_span_id"] = span.parent_span_id.ToHex();
  return json;
}

Json TraceJson(const TalkReport& report) {
  if (report.spans.empty()) return nullptr;
  Nanos begin = report.spans.front()->start;
  for (const otel::SpanPtr& span : report.spans) begin = std::min(begin, span->start);
  Json spans = Json::array();
  for (const otel::SpanPtr& span : report.spans) spans.push_back(SpanJson(*span, begin));
  return {{"trace_id", TraceId(report)}, {"went", report.trace_went}, {"spans", std::move(spans)}};
}

}  // namespace

std::string ToLine(const Said& said) {
  return fmt::format("{}: {}{}", said.by == Said::By::kUser ? "user" : "bot", said.text,
                     said.interrupted ? " [interrupted]" : "");
}

std::string ToText(const TalkReport& report, bool colours) {
  std::string text;
  if (report.conversation.said.empty()) text += "Nobody said a word.\n";
  for (std::size_t i = 0; i < report.conversation.replies.size(); ++i) {
    text += ReplyText(i + 1, report.conversation.replies[i]);
  }
  if (!report.spans.empty()) text += "\n" + otel::FormatTraceTree(report.spans, {.colours = colours});
  if (!report.recording.empty())
    text += fmt::format("\nRecording: {} (caller left, agent right)\n", report.recording);
  const std::string id = TraceId(report);
  text += fmt::format("Trace{}{}: {}\n", id.empty() ? "" : " ", id, report.trace_went);
  return text;
}

std::string ToJson(const TalkReport& report) {
  Json said = Json::array();
  for (const Said& one : report.conversation.said) {
    said.push_back({{"role", one.by == Said::By::kUser ? "user" : "bot"},
                    {"text", one.text},
                    {"interrupted", one.interrupted}});
  }
  Json replies = Json::array();
  for (const Reply& reply : report.conversation.replies) replies.push_back(ReplyJson(reply));
  const Json json = {{"conversation_id", report.conversation.conversation_id},
                     {"language_model", report.language_model},
                     {"transcript", std::move(said)},
                     {"replies", std::move(replies)},
                     {"recording", report.recording},
                     {"errors", report.conversation.errors},
                     {"trace", TraceJson(report)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace repartee::cli
