#include "repartee/tracing/spoken_words.h"

#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxWords = 64 * 1024;

void Append(std::string& whole, std::string_view text, std::string_view between) {
  if (text.empty() || whole.size() + between.size() + text.size() > kMaxWords) return;
  if (!whole.empty()) whole += between;
  whole += text;
}

}  // namespace

void SpokenWords::UserSaid(std::string_view text) {
  Append(in_turn_ && !bot_started_ ? turn_.input : early_, text, " ");
}

void SpokenWords::BotSaid(std::string_view text, bool joined) {
  Append(turn_.output, text, joined ? "" : " ");
}

void SpokenWords::TurnStarted() {
  in_turn_ = true;
  bot_started_ = false;
  turn_.input = std::exchange(early_, {});
}

void SpokenWords::TurnEnded() {
  in_turn_ = false;
  Append(conversation_.input, turn_.input, "\n");
  Append(conversation_.output, turn_.output, "\n");
  turn_ = {};
}

void TalkMeter::SetUser(bool speaking, Nanos now) {
  Advance(now);
  user_ = speaking;
}

void TalkMeter::SetBot(bool speaking, Nanos now) {
  Advance(now);
  bot_ = speaking;
}

Nanos TalkMeter::Take(Nanos now) {
  Advance(now);
  return std::exchange(talked_, Nanos(0));
}

void TalkMeter::Advance(Nanos now) {
  if (user_ || bot_) talked_ += now - since_;
  since_ = now;
}

}  // namespace repartee
