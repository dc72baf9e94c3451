// `repartee talk`: one conversation here, whose caller is a recorded clip. Prints who said
// what, where the time of each reply went, and the trace. Thread: the main one.
#pragma once

#include <string>

#include "repartee/agent/agent_settings.h"
#include "repartee/base/status.h"

namespace CLI {
class App;
}

namespace repartee::cli {

struct TalkOptions {
  std::string in;   // a WAV file: the caller; empty: whoever speaks into the microphone
  std::string out;  // a WAV file to be written: caller left, bot right; empty: none
  AgentSettings agent;
  // A VAD knows how loud it is only after 0.4 s of sound.
  Nanos silence_before = std::chrono::milliseconds(600);
  Nanos silence_after = std::chrono::seconds(1);
  std::string conversation_id;  // empty: made up
  bool fast = false;            // virtual time
  bool json = false;            // one JSON object on standard output and nothing else
};

// Adds the subcommand to `app`; when it is chosen, `exit_code` gets what the process returns.
void AddTalkCommand(CLI::App& app, int& exit_code);

// Holds the conversation. Errors say what to do.
Status RunTalk(TalkOptions options);

}  // namespace repartee::cli
