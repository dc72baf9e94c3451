// Random pipelines, frames and interruptions: whatever happens, the rules of order hold.

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

int alive_coroutines = 0;

class RandomProcessor final : public FrameProcessor {
 public:
  RandomProcessor(unsigned seed, bool barging)
      : FrameProcessor("RandomProcessor"), random_(seed), barging_(barging) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    const bool waits = frame->Is<TextFrame>() && random_() % 2 == 0;
    if (frame->Is<TextFrame>() && barging_ && random_() % 40 == 0) BroadcastInterruption();
    if (waits) return Wait(Twice(std::move(frame), direction));
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  Task<Status> Twice(FramePtr frame, Direction direction) {
    ++alive_coroutines;
    const Finally end([] { --alive_coroutines; });
    co_await Inner();
    co_await Inner();
    Push(std::move(frame), direction);
    co_return OkStatus();
  }
  Task<> Inner() {
    ++alive_coroutines;
    const Finally end([] { --alive_coroutines; });
    co_await Sleep(loop(), milliseconds(static_cast<int>(random_() % 4)));
  }

  std::mt19937 random_;
  const bool barging_;
};

void RunOne(unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::vector<std::unique_ptr<RandomProcessor>> processors;
  std::vector<FrameProcessor*> chain;
  const auto count = 1 + random() % 5;
  for (std::size_t i = 0; i < count; ++i) {
    processors.push_back(
        std::make_unique<RandomProcessor>(static_cast<unsigned>(random()), random() % 4 == 0));
    chain.push_back(processors.back().get());
  }
  std::map<std::uint64_t, int> pushed_order;
  std::set<std::uint64_t> must_arrive;
  {
    repartee::testing::Rig rig(chain);
    std::map<std::uint64_t, int> newest_before_interruption;  // interruption id -> frames pushed before it
    for (int i = 0; i < 60; ++i) {
      if (random() % 12 == 0) {
        const FramePtr interruption = Make<InterruptionFrame>();
        newest_before_interruption[interruption->id()] = static_cast<int>(pushed_order.size());
        rig.Push(interruption);
      } else {
        auto frame = Make<TextFrame>("t");
        const bool keep = random() % 8 == 0;
        frame->set_interruptible(!keep);
        if (keep) must_arrive.insert(frame->id());
        pushed_order[frame->id()] = static_cast<int>(pushed_order.size());
        rig.Push(std::move(frame));
      }
      if (random() % 3 == 0) rig.Wait(milliseconds(static_cast<int>(random() % 6)));
    }
    rig.Push(Make<EndFrame>());
    rig.Run();

    ASSERT_TRUE(rig.task().finished());
    int last = -1;
    int stale_limit = 0;
    std::set<std::uint64_t> seen;
    for (const auto& observed : rig.downstream()) {
      if (const auto found = newest_before_interruption.find(observed.frame->id());
          found != newest_before_interruption.end()) {
        stale_limit = std::max(stale_limit, found->second);
      }
      if (!observed.frame->Is<TextFrame>()) continue;
      const int order = pushed_order.at(observed.frame->id());
      EXPECT_GT(order, last) << "frames of one class keep their order";
      last = order;
      EXPECT_TRUE(seen.insert(observed.frame->id()).second) << "each comes out once";
      must_arrive.erase(observed.frame->id());
      if (observed.frame->interruptible()) {
        EXPECT_GE(order, stale_limit)
            << "nothing interruptible follows an interruption that is younger than it";
      }
    }
    EXPECT_TRUE(must_arrive.empty()) << "the uninterruptible all arrive";
  }
  EXPECT_EQ(alive_coroutines, 0);
}

TEST(RandomPipelines, KeepTheRulesOfOrder) {
  for (unsigned seed = 1; seed <= 2000 && !::testing::Test::HasFailure(); ++seed) RunOne(seed);
}

}  // namespace
}  // namespace repartee
