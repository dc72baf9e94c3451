// What replies were spent on, over a range and in its course, of turns sampled evenly over it; and the turns
// whose replies took so long.
#include <array>
#include <map>

#include "repartee/server/ui/conversation_view.h"
#include "repartee/server/ui/quantiles.h"
#include "repartee/server/ui/turn_view.h"
#include "repartee/server/ui/voice_range.h"

namespace repartee::server {
namespace {

// The parts of a turn lie in its span's body: so many are read of each step.
constexpr std::size_t kSteps = 24;
constexpr std::size_t kConversationsOfStep = 4;
constexpr std::size_t kTurnsOfStep = 12;
constexpr std::int64_t kMaxTurns = 50;
constexpr std::int64_t kDefaultTurns = 20;

constexpr std::array<std::string_view, 8> kStages = {"wait",        "stt", "llm",       "tool",
                                                     "aggregation", "tts", "transport", "unattributed"};

struct PartFigures {
  Contribution kind;  // of the first one
  Quantiles duration;
  double sum_ms = 0;
};

// What one step's turns were spent on.
struct StepParts {
  std::size_t turns = 0;
  std::array<double, kStages.size()> sum_ms{};
};

struct Parts {
  std::map<std::string_view, PartFigures> by_name;
  std::array<StepParts, kSteps> course;
  std::size_t turns = 0;

  void Add(StepParts& step, const TurnView& turn) {
    ++turns;
    ++step.turns;
    for (const Contribution& part : turn.contributions) {
      PartFigures& figures = by_name[part.name];
      if (figures.duration.count() == 0) figures.kind = part;
      figures.duration.Add(static_cast<std::int64_t>(part.duration_ms * 1e3));
      figures.sum_ms += part.duration_ms;
      for (std::size_t i = 0; i < kStages.size(); ++i)
        if (kStages[i] == part.stage) step.sum_ms[i] += part.duration_ms;
    }
  }
};

// The turns with a reply of a conversation, each given to `take`, until that says false.
template <typename Take>
Status VisitReplies(const UiCall& call, const TraceRow& row, Take take) {
  Result<std::vector<SpanRow>> spans = ReadSpans(call.reader, row.place);
  if (!spans.ok()) return std::move(spans).status();
  SpanOpener opener(call.reader, row.place);
  const TurnGroups groups = GroupByTurn(*spans);
  for (const TurnGroup& group : groups.turns) {
    if (group.own == nullptr || group.own->facts.ub_latency_us < 0) continue;
    Result<TurnView> turn = MakeTurn(opener, group, false);
    if (!turn.ok()) return std::move(turn).status();
    if (!take(*turn)) break;
  }
  return OkStatus();
}

Status ReadStep(const UiCall& call, ConversationQuery query, Parts& parts, StepParts& step) {
  query.with_turns = true;
  query.limit = kConversationsOfStep;
  Result<TracePage> page = call.reader.ListConversations(query);
  if (!page.ok()) return std::move(page).status();
  for (const TraceRow& row : page->rows) {
    Status status = VisitReplies(call, row, [&](const TurnView& turn) {
      if (step.turns < kTurnsOfStep) parts.Add(step, turn);
      return step.turns < kTurnsOfStep;
    });
    if (!status.ok()) return status;
  }
  return OkStatus();
}

std::int64_t StepStart(const VoiceQuery& range, std::size_t step) {
  const std::int64_t length = range.to_ns - range.from_ns;
  return range.from_ns + length / static_cast<std::int64_t>(kSteps) * static_cast<std::int64_t>(step);
}

Result<Parts> ReadParts(const UiCall& call, const VoiceQuery& range) {
  Parts parts;
  ConversationQuery query;
  query.project = range.project;
  query.environments = range.environments;
  for (std::size_t i = 0; i < kSteps; ++i) {
    query.from_ns = StepStart(range, i);
    query.to_ns = i + 1 == kSteps ? range.to_ns : StepStart(range, i + 1);
    if (Status status = ReadStep(call, query, parts, parts.course[i]); !status.ok()) return status;
  }
  return parts;
}

void WriteParts(JsonWriter& json, Parts& parts) {
  json.Key("turns").Integer(static_cast<std::int64_t>(parts.turns));
  json.Key("parts").BeginArray();
  for (auto& [name, part] : parts.by_name) {
    json.BeginObject();
    json.Key("name").Text(name);
    json.Key("owner").Text(part.kind.owner);
    json.Key("stage").Text(part.kind.stage);
    WriteDurationMs(json.Key("mean"), part.sum_ms / static_cast<double>(parts.turns));
    WriteDurationMs(json.Key("p50"), part.duration.At(0.5));
    WriteDurationMs(json.Key("p95"), part.duration.At(0.95));
    json.EndObject();
  }
  json.EndArray();
}

void WriteCourse(JsonWriter& json, const VoiceQuery& range, const Parts& parts) {
  json.Key("time").BeginArray();
  for (std::size_t i = 0; i < kSteps; ++i) WriteTimeMs(json, StepStart(range, i));
  json.EndArray();
  json.Key("stages").BeginArray();
  for (std::size_t stage = 0; stage < kStages.size(); ++stage) {
    json.BeginObject();
    json.Key("stage").Text(kStages[stage]);
    json.Key("mean").BeginArray();
    for (const StepParts& step : parts.course) {
      const double turns = static_cast<double>(step.turns);
      WriteDurationMs(json, step.turns > 0 ? std::optional(step.sum_ms[stage] / turns) : std::nullopt);
    }
    json.EndArray().EndObject();
  }
  json.EndArray();
}

// What there is of a turn that was found; nothing if its conversation was deleted meanwhile.
struct FoundTurn {
  std::string title;
  TurnView turn;
};

Result<std::optional<FoundTurn>> ReadFound(const UiCall& call, const SlowTurn& found) {
  Result<std::optional<TraceRow>> row = call.reader.FindTrace(call.project.key, found.trace);
  if (!row.ok()) return std::move(row).status();
  std::optional<FoundTurn> read;
  if (!*row) return read;
  Status status = VisitReplies(call, **row, [&](TurnView& turn) {
    if (turn.span == found.span) read = FoundTurn{TitleOf(**row), std::move(turn)};
    return !read.has_value();
  });
  if (!status.ok()) return status;
  return read;
}

void WriteFound(JsonWriter& json, const SlowTurn& found, const FoundTurn& read) {
  json.BeginObject();
  json.Key("conversation_id").Text(found.trace.Hex());
  json.Key("title").Text(read.title);
  json.Key("number").Integer(found.number);
  json.Key("label").Text(read.turn.label);
  WriteTimeMs(json.Key("start"), found.start_ns);
  WriteMeasureMs(json.Key("reply"), found.reply_us);
  WriteContributions(json, read.turn.contributions);
  json.EndObject();
}

}  // namespace

HttpResponse UiReplyParts(const UiCall& call) {
  UiQuery query(call.request);
  const VoiceQuery range = ReadVoiceRange(query, call);
  if (!query.ok()) return query.Refusal();
  Result<Parts> parts = ReadParts(call, range);
  if (!parts.ok()) return UiError(parts.status());
  JsonWriter json;
  json.BeginObject();
  WriteParts(json, *parts);
  WriteCourse(json, range, *parts);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiTurns(const UiCall& call) {
  UiQuery query(call.request);
  ReplyQuery replies{.range = ReadVoiceRange(query, call)};
  replies.from_us = query.Millis("reply_from").value_or(0) / 1'000;
  if (const std::optional<std::int64_t> to = query.Millis("reply_to")) replies.to_us = *to / 1'000;
  const std::int64_t limit = query.Integer("limit", kDefaultTurns, 1, kMaxTurns);
  replies.limit = static_cast<std::size_t>(limit);
  if (!query.ok()) return query.Refusal();
  const Result<std::vector<SlowTurn>> turns = call.reader.SlowestTurns(replies);
  if (!turns.ok()) return UiError(turns.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("turns").BeginArray();
  for (const SlowTurn& found : *turns) {
    Result<std::optional<FoundTurn>> read = ReadFound(call, found);
    if (!read.ok()) return UiError(read.status());
    if (*read) WriteFound(json, found, **read);
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
