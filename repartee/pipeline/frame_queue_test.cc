#include "repartee/pipeline/frame_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "repartee/frames/text_frames.h"

namespace repartee {
namespace {

Ref<TextFrame> Numbered(int number, bool interruptible) {
  auto frame = Make<TextFrame>(std::to_string(number));
  frame->set_interruptible(interruptible);
  return frame;
}

TEST(FrameQueue, KeepsOrderAndDirectionWhileItGrows) {
  FrameQueue queue;
  for (int i = 0; i < 1000; ++i)
    queue.Push(Numbered(i, true), i % 2 ? Direction::kUpstream : Direction::kDownstream);

  for (int i = 0; i < 1000; ++i) {
    const FrameQueue::Entry entry = queue.Pop();
    EXPECT_EQ(entry.frame->As<TextFrame>()->text, std::to_string(i));
    EXPECT_EQ(entry.direction, i % 2 ? Direction::kUpstream : Direction::kDownstream);
  }
  EXPECT_TRUE(queue.empty());
}

// The queue against a plain model of it, with marks taken at random moments.
TEST(FrameQueue, DropsWhatAModelDropsWhateverTheOrderOfCalls) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    FrameQueue queue;
    std::deque<std::tuple<int, bool, std::uint32_t>> model;  // number, interruptible, position
    int next = 0;
    std::uint32_t position = 0;
    std::uint32_t mark = 0;
    for (int step = 0; step < 200; ++step) {
      switch (random() % 8) {
        case 0: mark = queue.mark(); break;
        case 1: {
          FrameQueue::Buried buried = queue.DropInterruptible(mark);
          std::erase_if(model, [&](const auto& one) { return std::get<1>(one) && std::get<2>(one) < mark; });
          // What stays is numbered from the end backwards, as the marks count.
          std::uint32_t at = position - static_cast<std::uint32_t>(model.size());
          for (auto& one : model) std::get<2>(one) = at++;
          break;
        }
        case 2:
        case 3:
          if (model.empty()) break;
          EXPECT_EQ(queue.Pop().frame->As<TextFrame>()->text, std::to_string(std::get<0>(model.front())));
          model.pop_front();
          break;
        default: {
          const bool interruptible = random() % 5 != 0;
          queue.Push(Numbered(next, interruptible), Direction::kDownstream);
          model.emplace_back(next++, interruptible, position++);
        }
      }
      ASSERT_EQ(queue.size(), model.size());
      ASSERT_EQ(queue.mark(), position);
    }
  }
}

TEST(FrameQueue, DropsTheOldestThatMatches) {
  FrameQueue queue;
  for (int i = 0; i < 5; ++i) queue.Push(Numbered(i, true), Direction::kDownstream);

  EXPECT_TRUE(queue.DropFirst([](const Frame& frame) { return frame.As<TextFrame>()->text == "2"; }));
  EXPECT_FALSE(queue.DropFirst([](const Frame& frame) { return frame.As<TextFrame>()->text == "2"; }));

  std::string left;
  while (!queue.empty()) left += queue.Pop().frame->As<TextFrame>()->text;
  EXPECT_EQ(left, "0134");
}

}  // namespace
}  // namespace repartee
