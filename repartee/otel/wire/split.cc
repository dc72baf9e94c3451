#include "repartee/otel/wire/split.h"

#include <limits>
#include <span>
#include <vector>

#include "repartee/otel/wire/protobuf_writer.h"
#include "repartee/otel/wire/pull_parser.h"

namespace repartee::otel {
namespace {

// A span's bytes, and those of what it belongs to; views into the request.
struct Place {
  std::string_view resource;
  std::string_view scope;
  std::string_view span;
};

class Collector final : public TraceVisitor {
 public:
  void OnSpan(const ResourceView& resource, const ScopeView& scope, const SpanView& span) override {
    places.push_back({resource.raw, scope.raw, span.raw});
  }
  std::vector<Place> places;
};

// How many of them, from the first on, belong to the same as the first.
template <class Same>
std::size_t Run(std::span<const Place> places, Same same) {
  std::size_t count = 1;
  while (count < places.size() && same(places[count], places.front())) ++count;
  return count;
}

bool SameText(std::string_view a, std::string_view b) { return a.data() == b.data() && a.size() == b.size(); }

std::string Write(std::span<const Place> places) {
  std::string out;
  ProtobufWriter writer(out);
  while (!places.empty()) {
    std::span<const Place> of_resource = places.first(
        Run(places, [](const Place& a, const Place& b) { return SameText(a.resource, b.resource); }));
    places = places.subspan(of_resource.size());
    writer.Message(1, [&] {
      writer.Bytes(1, of_resource.front().resource);
      while (!of_resource.empty()) {
        const std::span<const Place> of_scope = of_resource.first(
            Run(of_resource, [](const Place& a, const Place& b) { return SameText(a.scope, b.scope); }));
        of_resource = of_resource.subspan(of_scope.size());
        writer.Message(2, [&] {
          writer.Bytes(1, of_scope.front().scope);
          for (const Place& place : of_scope) writer.Bytes(2, place.span);
        });
      }
    });
  }
  return out;
}

}  // namespace

Result<SplitRequest> SplitTraceRequest(std::string_view body) {
  constexpr std::size_t kAny = std::numeric_limits<std::size_t>::max();
  ParseLimits limits;
  limits.max_spans = kAny;
  limits.max_attributes = kAny;
  limits.max_events = kAny;
  Collector collector;
  if (Status status = ParseTraceRequest(body, limits, collector); !status.ok()) return status;
  const std::span<const Place> places = collector.places;
  if (places.size() < 2) return Status::FailedPrecondition("{} spans cannot be split", places.size());
  SplitRequest split;
  split.first_spans = places.size() / 2;
  split.second_spans = places.size() - split.first_spans;
  split.first = Write(places.first(split.first_spans));
  split.second = Write(places.subspan(split.first_spans));
  return split;
}

}  // namespace repartee::otel
