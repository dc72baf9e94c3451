// Any JSON as a client's message: it is ignored or answered, and the agent goes on.
#include <cstdlib>

#include "repartee/rtvi/session_for_test.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto message = repartee::ParseJson({reinterpret_cast<const char*>(data), size});
  if (!message.ok()) return 0;
  repartee::testing::RTVISession session;
  session.Deliver(*message);
  session.Say("send-text", *message);
  session.Say("send-file", *message);
  session.Say("client-ready", *message);
  session.rig->Wait(std::chrono::seconds(3));
  const bool left = session.rig->task().finished();
  if (!left && session.ToldData("bot-ready").empty()) std::abort();
  return 0;
}
