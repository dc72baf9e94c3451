#include "repartee/server/ui/turn_groups.h"

#include <algorithm>
#include <unordered_set>

#include "repartee/base/stable_sort.h"

namespace repartee::server {
namespace {

class Grouping {
 public:
  explicit Grouping(std::span<const SpanRow> spans) : spans_(spans) {
    for (const SpanRow& span : spans) by_id_.emplace(span.id, &span);
  }

  TurnGroups Build() {
    AddOwnTurns();
    AddTurnsOfChildren();
    for (const SpanRow& span : spans_) Place(span);
    Finish();
    return std::move(groups_);
  }

 private:
  void AddOwnTurns() {
    for (const SpanRow& span : spans_) {
      if (span.facts.stage != Stage::kTurn) continue;
      groups_.turn_of[span.id] = span.id;
      conversations_.insert(span.parent);
      AddTurn(span.id, span.facts.turn_number, &span);
    }
  }

  void AddTurn(SpanId id, std::int32_t number, const SpanRow* own) {
    TurnGroup& group = found_.emplace_back();
    group.id = id;
    group.number = number;
    group.own = own;
  }

  // A parent that is not there is a turn still going on, unless turns hang from it.
  void AddTurnsOfChildren() {
    for (const SpanRow& span : spans_) {
      const bool tells = (span.facts.flags & kFlagOfTurn) != 0 && span.parent != 0;
      if (!tells || by_id_.contains(span.parent) || conversations_.contains(span.parent)) continue;
      if (!groups_.turn_of.emplace(span.parent, span.parent).second) continue;
      AddTurn(span.parent, -1, nullptr);
    }
  }

  // The nearest turn above; parents may go in a circle in what comes from outside.
  void Place(const SpanRow& span) {
    if (groups_.turn_of.contains(span.id)) return;
    std::vector<SpanId> path{span.id};
    SpanId at = span.parent;
    SpanId turn = 0;
    while (at != 0 && path.size() < kMaxDepth) {
      if (const auto known = groups_.turn_of.find(at); known != groups_.turn_of.end()) {
        turn = known->second;
        break;
      }
      const auto parent = by_id_.find(at);
      if (parent == by_id_.end() || outside_.contains(at)) break;
      path.push_back(at);
      at = parent->second->parent;
    }
    for (const SpanId id : path) {
      if (turn != 0) groups_.turn_of.emplace(id, turn);
      if (turn == 0) outside_.insert(id);
    }
  }

  void Finish() {
    std::unordered_map<SpanId, std::size_t> place;
    for (std::size_t i = 0; i < found_.size(); ++i) place.emplace(found_[i].id, i);
    for (const SpanRow& span : spans_) {
      const auto turn = groups_.turn_of.find(span.id);
      if (turn == groups_.turn_of.end()) continue;
      TurnGroup& group = found_[place.at(turn->second)];
      if (&span != group.own) group.members.push_back(&span);
    }
    for (TurnGroup& group : found_) SetTimes(group);
    StableSort(found_, [](const TurnGroup& a, const TurnGroup& b) { return a.start_ns < b.start_ns; });
    std::int32_t last = 0;
    for (TurnGroup& group : found_) {
      if (group.number < 0) group.number = last + 1;
      last = group.number;
    }
    for (TurnGroup& group : found_) group.hung_up = IsHungUp(group, &group == &found_.back());
    groups_.turns = std::move(found_);
  }

  // Who barges in opens the next turn. Pipecat says "interrupted" of the turn that is open at
  // hang-up too; behind that one no turn comes.
  bool IsHungUp(const TurnGroup& turn, bool is_last) const {
    if (turn.own == nullptr) return false;
    const std::uint32_t flags = turn.own->facts.flags;
    if ((flags & kFlagEndedByHangup) != 0) return true;
    if (!is_last || (flags & kFlagInterrupted) == 0) return false;
    const auto conversation = by_id_.find(turn.own->parent);
    return conversation != by_id_.end() && (conversation->second->facts.flags & kFlagProvisional) == 0;
  }

  static void SetTimes(TurnGroup& group) {
    if (group.own != nullptr) {
      group.start_ns = group.own->facts.start_ns;
      group.end_ns = group.own->facts.end_ns;
    } else if (!group.members.empty()) {
      group.start_ns = group.members.front()->facts.start_ns;
    }
    if (!group.is_open()) return;
    for (const SpanRow* span : group.members) group.end_ns = std::max(group.end_ns, span->facts.end_ns);
  }

  static constexpr std::size_t kMaxDepth = 100;
  std::span<const SpanRow> spans_;
  std::unordered_map<SpanId, const SpanRow*> by_id_;
  std::unordered_set<SpanId> conversations_;
  std::unordered_set<SpanId> outside_;
  std::vector<TurnGroup> found_;
  TurnGroups groups_;
};

}  // namespace

TurnGroups GroupByTurn(std::span<const SpanRow> spans) { return Grouping(spans).Build(); }

}  // namespace repartee::server
