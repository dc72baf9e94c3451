#include "repartee/server/ingest/batch_builder.h"

#include <fmt/format.h>

#include "repartee/base/clock.h"
#include "repartee/otel/wire/protobuf_writer.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr otel::ParseLimits kLimits{.max_nesting = kMaxValueNesting,
                                    .max_spans = kMaxSpansPerRequest,
                                    .max_attributes = kMaxAttributesPerSpan,
                                    .max_events = kMaxEventsPerSpan};
constexpr std::uint32_t kStartTimeField = 7;

class Builder final : public otel::TraceVisitor {
 public:
  Builder(BuiltBatch& built, const MappingOptions& options)
      : built_(built), mapper_(options), parser_(kLimits) {}

  void OnSpan(const otel::ResourceView& resource, const otel::ScopeView& scope,
              const otel::SpanView& span) override {
    if (span.start_ns != 0 || span.end_ns != 0) return Add(resource, scope, span);
    // It counts as of now, and says so in its bytes, from which it is shown later.
    std::string& made = built_.batch.made_spans.emplace_back(span.raw);
    const auto now = static_cast<std::uint64_t>(Clock::System().WallNow().count());
    otel::ProtobufWriter(made).Fixed64(kStartTimeField, now);
    const Result<otel::SpanView> timed = parser_.ParseSpan(made);
    if (timed.ok()) Add(resource, scope, *timed);
  }

 private:
  void Add(const otel::ResourceView& resource, const otel::ScopeView& scope, const otel::SpanView& span) {
    mapper_.Use(resource, scope, span);
    if (std::optional<SpanRecord> record = MakeRecord(mapper_, resource, scope, span)) {
      built_.batch.spans.push_back(*std::move(record));
      return;
    }
    if (built_.rejected++ == 0) {
      built_.reject_reason =
          fmt::format("trace id has {} bytes instead of 16, or span id {} instead of 8, or one is zero",
                      span.trace_id.size(), span.span_id.size());
    }
    if (span.trace_id.empty() || span.span_id.empty()) ++built_.without_ids;
  }

  BuiltBatch& built_;
  SpanMapper mapper_;
  otel::SpanParser parser_;
};

}  // namespace

Result<BuiltBatch> BuildBatch(ProjectKey project, std::string body, const MappingOptions& options) {
  BuiltBatch built;
  built.batch.project = project;
  built.batch.body = std::move(body);
  Builder builder(built, options.For(project));
  if (Status status = otel::ParseTraceRequest(built.batch.body, kLimits, builder); !status.ok())
    return status;
  return built;
}

}  // namespace repartee::server
