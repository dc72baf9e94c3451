// LLMThought: what the model thinks before an answer, gathered from its frames; told to
// the program and, if the model wants it back, kept in the context. Thread: the loop's.
#pragma once

#include <memory>
#include <string>

#include "repartee/conversation/llm_context.h"
#include "repartee/frames/llm_frames.h"

namespace repartee {

class LLMThought {
 public:
  void Begin(const LLMThoughtStartFrame& frame) {
    text_.clear();
    append_to_ = frame.append_to_context ? frame.llm : std::string();
  }
  // At most 1 MiB; the rest is left out.
  void Add(const LLMThoughtTextFrame& frame);
  // The whole thought, now in the context if it was to be. Empty if there was none.
  std::string End(const LLMThoughtEndFrame& frame, LLMContext& context);
  void Clear() { text_.clear(); }

 private:
  std::string text_;
  std::string append_to_;  // whose message it becomes; empty: nobody's
};

}  // namespace repartee
