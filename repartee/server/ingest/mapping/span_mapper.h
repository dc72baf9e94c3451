// SpanMapper: an OTLP span becomes an observation and says what it tells of its
// trace, by rules that are tables: first hit wins, rows in order of rank.
//
// The same span is mapped twice in its life: narrow facts when it arrives, in
// full when somebody looks. Both use these rules, so they agree.
//
// Thread: a mapper belongs to one thread; it keeps its tables between spans.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/ingest/mapping/attributes.h"
#include "repartee/server/ingest/mapping/project_prices.h"
#include "repartee/server/model/observation.h"

namespace repartee::server {

struct MappingOptions {
  // Session from conversation.id, texts of stt, tts, turns and traces, time to first
  // token, audio tokens once, events in the metadata. Off: exactly the reference's result.
  bool voice_additions = true;
  // Of projects' own models; borrowed, outlives every mapper. Null: the built-in prices alone.
  const ProjectPrices* prices = nullptr;
  bool alone = false;  // observations also tell what their span says by itself

  // The same for one project's spans.
  MappingOptions For(std::int64_t project_key) const {
    MappingOptions options = *this;
    options.project = project_key;
    return options;
  }
  std::int64_t project = 0;  // whose prices count
};

// One span with what it came in, attributes indexed: what the rules see.
struct SpanInput {
  const otel::SpanView& span;
  const AttributeIndex& attributes;
  const AttributeIndex& resource;
  const otel::ScopeView& scope;
  bool voice_additions;
  const PriceTable* own_prices;  // null: none
};

class SpanMapper {
 public:
  explicit SpanMapper(MappingOptions options = {})
      : options_(options),
        own_prices_(options.prices != nullptr ? options.prices->Of(options.project) : nullptr) {}

  // The span to ask about; all views must stay good until the next call.
  void Use(const otel::ResourceView& resource, const otel::ScopeView& scope, const otel::SpanView& span);

  // Narrow facts; allocates only for usage and cost.
  SpanFacts Facts() const;
  // Its name, model and provider as the observation has them: views into the span, or good
  // until the next call of Use.
  std::string_view Name() const;
  // What the observation's name has before it; empty for most.
  std::string NamePrefix() const;
  std::string_view Model() const;
  std::string_view Provider() const;
  // The text that the trace id is the hash of; empty if it is a number of its own.
  std::string ForeignTraceId() const;
  // What the span says of its trace; empty unless it is a root or an update (see the facts' flags).
  TraceFields Fields() const;
  std::string Environment() const;
  // Input and output that the span gives its trace, as text; empty if none.
  std::pair<std::string, std::string> TraceTexts() const;
  // What was said: the text a preview and the turns show; empty if none, and
  // without voice additions.
  std::string_view Transcript() const;
  std::string_view Spoken() const;

  Observation Full() const;

 private:
  SpanInput input() const {
    return {*span_, attributes_, resource_, *scope_, options_.voice_additions, own_prices_.get()};
  }

  MappingOptions options_;
  std::shared_ptr<const PriceTable> own_prices_;  // shared with ProjectPrices, which may forget it
  const otel::SpanView* span_ = nullptr;
  const otel::ScopeView* scope_ = nullptr;
  AttributeIndex attributes_;
  AttributeIndex resource_;
};

}  // namespace repartee::server
