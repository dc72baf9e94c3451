// A name server that does not answer for one name: the system's call for "hangs.test" returns
// only when it is let. To be included by one file of a test program, whose own getaddrinfo
// stands before the system's.
//
// Thread: any.
#pragma once

#include <dlfcn.h>
#include <netdb.h>

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>

namespace repartee {

class HangingName {
 public:
  static constexpr char kName[] = "hangs.test";

  HangingName() { Set(true); }
  // Whoever asked is let go.
  ~HangingName() { Set(false); }
  HangingName(const HangingName&) = delete;
  HangingName& operator=(const HangingName&) = delete;

  // Until nobody hangs; a test that has to wait for the answer fails instead of hanging too.
  static void Wait() {
    State& state = TheState();
    std::unique_lock lock(state.mutex);
    ++state.asked;
    state.changed.notify_all();
    state.changed.wait_for(lock, std::chrono::seconds(30), [&state] { return !state.hangs; });
  }
  // Until the name has been asked for so often.
  static bool WaitAsked(int times) {
    State& state = TheState();
    std::unique_lock lock(state.mutex);
    return state.changed.wait_for(lock, std::chrono::seconds(10), [&] { return state.asked >= times; });
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool hangs = false;  // guarded by mutex, as asked
    int asked = 0;
  };
  // Never destroyed: the thread that hangs belongs to nobody.
  static State& TheState() {
    static State& state = *new State;
    return state;
  }
  static void Set(bool hangs) {
    State& state = TheState();
    const std::lock_guard lock(state.mutex);
    state.hangs = hangs;
    if (hangs) state.asked = 0;
    state.changed.notify_all();
  }
};

}  // namespace repartee

extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** found) {
  if (host != nullptr && std::strcmp(host, repartee::HangingName::kName) == 0) {
    repartee::HangingName::Wait();
    return EAI_AGAIN;
  }
  using Call = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto system = reinterpret_cast<Call>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return system(host, service, hints, found);
}
