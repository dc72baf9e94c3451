#include "repartee/server/live/painter.h"

#include "repartee/server/model/hash.h"
#include "repartee/server/ui/conversation_scores.h"
#include "repartee/server/ui/turn_groups.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxRemembered = 1'000;
constexpr std::size_t kTurnsAtFirst = 3;

std::uint64_t Mix(std::uint64_t hash, const SpanRow& span, bool live) {
  const std::int64_t parts[] = {static_cast<std::int64_t>(span.id), span.batch, span.item, live ? 1 : 0};
  return Hash64({reinterpret_cast<const char*>(parts), sizeof parts}, hash);
}

// Batch and item change with every new content of a span.
std::uint64_t Fingerprint(const TurnGroup& turn, bool live) {
  std::uint64_t hash = static_cast<std::uint64_t>(turn.number) + 1;
  const bool open = live && turn.is_open();
  if (turn.own != nullptr) hash = Mix(hash, *turn.own, open);
  for (const SpanRow* span : turn.members) hash = Mix(hash, *span, open);
  return hash;
}

std::string TurnData(const TraceId& id, const TurnView& turn) {
  JsonWriter json;
  json.BeginObject();
  json.Key("conversation_id").Text(id.Hex());
  json.Key("turn");
  WriteTurn(json, turn);
  json.EndObject();
  return json.Take();
}

}  // namespace

Painter::Told& Painter::Remember(const TraceId& id, bool& is_new) {
  const auto [told, added] = told_.try_emplace(id);
  is_new = added;
  if (!added) return told->second;
  order_.push_back(id);
  if (order_.size() > kMaxRemembered) {
    told_.erase(order_.front());
    order_.pop_front();
  }
  return told_.at(id);
}

Result<std::vector<LiveEvent>> Painter::Paint(StoreReader& reader, const TraceId& id, std::int64_t now_ns) {
  std::vector<LiveEvent> events;
  Result<std::optional<TraceRow>> row = reader.FindTrace(project_, id);
  if (!row.ok()) return std::move(row).status();
  if (!*row) return events;
  Result<std::vector<SpanRow>> spans = ReadSpans(reader, (*row)->place);
  if (!spans.ok()) return std::move(spans).status();
  const TracePlace place = (*row)->place;
  ConversationView view = MakeConversation(**std::move(row), *spans, now_ns);
  if (Status status = AddScores(reader, project_, {&view, 1}); !status.ok()) return status;
  bool is_new = false;
  Told& told = Remember(id, is_new);
  JsonWriter json;
  WriteConversation(json, view);
  std::string data = json.Take();
  const std::uint64_t hash = Hash64(data, 1);
  if (is_new || told.row != hash) events.push_back({"conversation.upsert", std::move(data)});
  told.row = hash;
  SpanOpener opener(reader, place);
  const TurnGroups groups = GroupByTurn(*spans);
  for (std::size_t i = 0; i < groups.turns.size(); ++i) {
    const TurnGroup& group = groups.turns[i];
    const std::uint64_t print = Fingerprint(group, view.live);
    std::uint64_t& before = told.turns[group.id];
    const bool changed = before != print;
    before = print;
    if (!changed || (is_new && i + kTurnsAtFirst < groups.turns.size())) continue;
    Result<TurnView> turn = MakeTurn(opener, group, view.live);
    if (!turn.ok()) return std::move(turn).status();
    events.push_back({"turn.upsert", TurnData(id, *turn)});
  }
  return events;
}

}  // namespace repartee::server
