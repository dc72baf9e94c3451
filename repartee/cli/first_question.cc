#include "repartee/cli/first_question.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "repartee/agent/clip_conversation.h"
#include "repartee/audio/wav.h"

// In first_question_clip.S.
extern "C" const char repartee_first_question[];
extern "C" const char repartee_first_question_end[];

namespace repartee::cli {
namespace {

constexpr Nanos kSilenceBefore = std::chrono::milliseconds(600);

void Print(const Said& said) {
  fmt::print("  {} {}\n", said.by == Said::By::kUser ? "caller:" : "agent: ", said.text);
  std::fflush(stdout);
}

Status Ask(AgentStack& stack, const AgentSettings& settings) {
  Result<WavAudio> clip =
      ParseWav(std::string(repartee_first_question, repartee_first_question_end), "the first question");
  if (!clip.ok()) return std::move(clip).status();
  EventLoop loop(EventLoop::Time::kReal);
  ClipConversationOptions options;
  options.silence_before = kSilenceBefore;
  options.enable_tracing = true;
  options.handle_sigint = false;
  options.on_said = &Print;
  const auto result = RunClipConversation(loop, stack, settings, *std::move(clip), std::move(options));
  if (!result.ok()) return result.status();
  return result->errors.empty() ? OkStatus() : Status::Unavailable("{}", result->errors.front());
}

}  // namespace

FirstQuestion::FirstQuestion(AgentStack& stack, AgentSettings settings) {
  thread_ = std::thread([&stack, settings = std::move(settings)] {
    fmt::print("\nA first question is asked, so that there is something to see:\n");
    std::fflush(stdout);
    if (const Status status = Ask(stack, settings); !status.ok()) {
      fmt::print(stderr, "repartee up: the first question had no answer: {}\n", status.message());
    }
  });
}

FirstQuestion::~FirstQuestion() { thread_.join(); }

}  // namespace repartee::cli
