#include "repartee/conversation/thoughts.h"

#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;

}  // namespace

void LLMThought::Add(const LLMThoughtTextFrame& frame) {
  if (text_.size() + frame.text.size() > kMaxBytes) return;
  if (!text_.empty() && !frame.includes_inter_frame_spaces) text_ += ' ';
  text_ += frame.text;
}

std::string LLMThought::End(const LLMThoughtEndFrame& frame, LLMContext& context) {
  std::string text = std::exchange(text_, {});
  if (!append_to_.empty()) {
    Json message{{"type", "thought"}, {"text", text}, {"signature", frame.signature}};
    context.AddMessage(Json{{"llm", append_to_}, {"message", std::move(message)}});
  }
  return text;
}

}  // namespace repartee
