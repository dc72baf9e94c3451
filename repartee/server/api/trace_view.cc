#include "repartee/server/api/trace_view.h"

#include <algorithm>

#include "repartee/server/ingest/mapping/money.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/ingest/mapping/voice.h"

namespace repartee::server {
namespace {

bool SpeaksForTrace(std::uint32_t flags) { return (flags & (kFlagRoot | kFlagTraceUpdate)) != 0; }

// Reads and maps spans of one trace.
class Loader {
 public:
  Loader(StoreReader& reader, const MappingOptions& options, const TraceRow& trace)
      : reader_(reader), trace_(trace), mapper_(options.For(trace.project)) {}

  Result<Observation> Load(const SpanRow& span) {
    Result<SpanBody> body = reader_.Body(trace_.place, span);
    if (!body.ok()) return std::move(body).status();
    Result<otel::ResourceView> resource = parser_.ParseResource(body->resource);
    Result<otel::ScopeView> scope = parser_.ParseScope(body->scope);
    Result<otel::SpanView> view = parser_.ParseSpan(body->span);
    if (!resource.ok() || !scope.ok() || !view.ok()) {
      return Status::Internal("span {} of trace {} cannot be read", SpanIdHex(span.id), trace_.id.Hex());
    }
    mapper_.Use(*resource, *scope, *view);
    Observation observation = mapper_.Full();
    KeepStoredCost(observation, span.facts.cost);
    observation.trace_id = trace_.ShownId();
    return observation;
  }

 private:
  StoreReader& reader_;
  const TraceRow& trace_;
  SpanMapper mapper_;
  otel::SpanParser parser_;
};

// Metadata is united, objects key by key; of input and output the last one counts.
template <class View>
void Speak(View& view, Observation& observation) {
  for (MetadataEntry& entry : observation.trace_metadata) {
    const auto known = std::find_if(view.metadata.begin(), view.metadata.end(),
                                    [&entry](const MetadataEntry& e) { return e.first == entry.first; });
    if (known != view.metadata.end()) {
      known->second = MergedJson(known->second, entry.second);
    } else {
      view.metadata.push_back(std::move(entry));
    }
  }
  if (observation.trace_input) view.input = observation.trace_input;
  if (observation.trace_output) view.output = observation.trace_output;
}

// What batch ingestion says of the trace itself; false if it says nothing.
template <class View>
Result<bool> SpeakEntry(StoreReader& reader, Loader& loader, View& view) {
  Result<std::optional<SpanRow>> entry = reader.SpanOf(view.row.place, kTraceEntryId);
  if (!entry.ok()) return std::move(entry).status();
  if (!*entry || ((*entry)->facts.flags & kFlagTraceEntry) == 0) return false;
  Result<Observation> observation = loader.Load(**entry);
  if (!observation.ok()) return std::move(observation).status();
  Speak(view, *observation);
  return true;
}

std::optional<std::string> NotEmpty(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

Result<TraceView> LoadTrace(StoreReader& reader, const MappingOptions& options, const TraceRow& row) {
  TraceView view{.row = row,
                 .observations = {},
                 .first_ns = row.start_ns,
                 .last_ns = row.start_ns,
                 .metadata = {},
                 .input = {},
                 .output = {}};
  Result<std::vector<SpanRow>> spans = reader.Spans(row.place);
  if (!spans.ok()) return std::move(spans).status();
  Loader loader(reader, options, row);
  view.observations.reserve(spans->size());
  for (const SpanRow& span : *spans) {
    Result<Observation> observation = loader.Load(span);
    if (!observation.ok()) return std::move(observation).status();
    const bool is_first = view.observations.empty();
    view.first_ns = is_first ? span.facts.start_ns : std::min(view.first_ns, span.facts.start_ns);
    view.last_ns = is_first ? span.facts.end_ns : std::max(view.last_ns, span.facts.end_ns);
    if (SpeaksForTrace(span.facts.flags)) Speak(view, *observation);
    view.observations.push_back(*std::move(observation));
  }
  Result<bool> has_entry = SpeakEntry(reader, loader, view);
  if (!has_entry.ok()) return std::move(has_entry).status();
  if (!*has_entry && !view.observations.empty()) view.row.start_ns = view.first_ns;
  if (!options.voice_additions) return view;
  SpokenTexts spoken = AddTurnTexts(view.observations);
  if (!view.input && !view.output) {
    view.input = std::move(spoken.input);
    view.output = std::move(spoken.output);
  }
  return view;
}

Result<TraceListItem> LoadListItem(StoreReader& reader, const MappingOptions& options, const TraceRow& row) {
  TraceListItem item{.row = row, .observation_ids = {}, .metadata = {}, .input = {}, .output = {}};
  const Result<std::vector<SpanMark>> marks = reader.Marks(row.place);
  if (!marks.ok()) return marks.status();
  Loader loader(reader, options, row);
  for (const SpanMark& mark : *marks) {
    const bool has_foreign_id = (mark.flags & kFlagForeignId) != 0;
    if (!has_foreign_id) item.observation_ids.push_back(SpanIdHex(mark.id));
    if (!SpeaksForTrace(mark.flags) && !has_foreign_id) continue;
    const Result<std::optional<SpanRow>> span = reader.SpanOf(row.place, mark.id);
    if (!span.ok()) return span.status();
    if (!*span) continue;  // deleted meanwhile
    Result<Observation> observation = loader.Load(**span);
    if (!observation.ok()) return std::move(observation).status();
    if (has_foreign_id) item.observation_ids.push_back(observation->id);
    if (SpeaksForTrace(mark.flags)) Speak(item, *observation);
  }
  if (Result<bool> has_entry = SpeakEntry(reader, loader, item); !has_entry.ok())
    return std::move(has_entry).status();
  if (options.voice_additions && !item.input && !item.output) {
    item.input = NotEmpty(row.preview_input);
    item.output = NotEmpty(row.preview_output);
  }
  return item;
}

Result<Observation> LoadObservation(StoreReader& reader, const MappingOptions& options,
                                    const FoundSpan& found) {
  Loader loader(reader, options, found.trace);
  Result<Observation> loaded = loader.Load(found.span);
  const bool needs_children = loaded.ok() && options.voice_additions &&
                              found.span.facts.stage == Stage::kTurn && !loaded->input && !loaded->output;
  if (!needs_children) return loaded;
  Result<std::vector<SpanRow>> spans = reader.Spans(found.trace.place);
  if (!spans.ok()) return std::move(spans).status();
  std::vector<Observation> family;
  family.push_back(*std::move(loaded));
  for (const SpanRow& span : *spans) {
    const bool speaks = span.facts.stage == Stage::kStt || span.facts.stage == Stage::kTts;
    if (span.parent != found.span.id || !speaks) continue;
    Result<Observation> child = loader.Load(span);
    if (!child.ok()) return std::move(child).status();
    family.push_back(*std::move(child));
  }
  AddTurnTexts(family);
  return std::move(family.front());
}

}  // namespace repartee::server
