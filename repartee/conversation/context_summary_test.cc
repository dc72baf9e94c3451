#include "repartee/conversation/context_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/conversation/context_summarizer.h"

namespace repartee {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Talk(int messages) {
  Json talk = Json::array({{{"role", "system"}, {"content", "Be brief."}}});
  for (int i = 0; i < messages; ++i) {
    talk.push_back({{"role", i % 2 == 0 ? "user" : "assistant"}, {"content", "m" + std::to_string(i)}});
  }
  return talk;
}

Json Call(const char* id) {
  return {{"role", "assistant"},
          {"tool_calls", {{{"id", id}, {"function", {{"name", "f"}, {"arguments", "{}"}}}}}}};
}
Json Answer(const char* id, const char* content) {
  return {{"role", "tool"}, {"tool_call_id", id}, {"content", content}};
}

TEST(EstimateTokens, CountsCharactersMessagesToolAnswersAndImages) {
  EXPECT_EQ(EstimateTokens(Json::array()), 0);
  EXPECT_EQ(EstimateTokens(Json::array({Json{{"role", "user"}, {"content", "12345678"}}})), 12);
  EXPECT_EQ(EstimateTokens(Json::array({Answer("a", "1234")})), 21);
  EXPECT_EQ(EstimateTokens(Json::array({Call("a")})), 10);
  const Json picture = {{"role", "user"},
                        {"content", {{{"type", "text"}, {"text", "1234"}}, {{"type", "image_url"}}}}};
  EXPECT_EQ(EstimateTokens(Json::array({picture})), 511);
}

TEST(FindSummaryRange, SparesTheSystemMessageAndTheLastOnes) {
  const SummaryRange range = FindSummaryRange(Talk(10), 4);

  EXPECT_EQ(range.first, 1u);
  EXPECT_EQ(range.last, 7u);
}

TEST(FindSummaryRange, NeverCutsThroughAToolCall) {
  Json talk = Talk(4);
  talk.push_back(Call("a"));
  talk.push_back(Answer("a", "IN_PROGRESS"));
  for (int i = 0; i < 6; ++i) talk.push_back({{"role", "user"}, {"content", "x"}});

  EXPECT_EQ(FindSummaryRange(talk, 4).last, 5u);
  talk[6]["content"] = "done";
  EXPECT_EQ(FindSummaryRange(talk, 4).last, 9u);
  EXPECT_EQ(FindSummaryRange(talk, 7).last, 5u);  // the answer would be kept, the call not
}

TEST(FindSummaryRange, IsEmptyForAShortTalk) {
  EXPECT_TRUE(FindSummaryRange(Talk(4), 4).empty());
  EXPECT_TRUE(FindSummaryRange(Talk(0), 4).empty());
  EXPECT_TRUE(FindSummaryRange(Json::array(), 0).empty());
}

TEST(WithSummary, PutsTheSummaryBetweenSystemMessageAndRest) {
  const Json shorter = WithSummary(Talk(6), 4, "So far: {summary}.", "a talk");

  ASSERT_THAT(shorter, SizeIs(4));
  EXPECT_EQ(shorter[0]["role"], "system");
  EXPECT_EQ(shorter[1]["content"], "So far: a talk.");
  EXPECT_EQ(shorter[2]["content"], "m4");
}

class Summarizer : public ::testing::Test {
 protected:
  Summarizer() {
    LLMAutoContextSummarizationConfig config;
    config.max_unsummarized_messages = 8;
    summarizer_ = std::make_unique<LLMContextSummarizer>(
        context_, config, [this](FramePtr frame) { requests_.push_back(std::move(frame)); });
    summarizer_->Start(loop_);
  }
  void Set(Json messages) { ASSERT_TRUE(context_->SetMessages(std::move(messages)).ok()); }
  const LLMContextSummaryRequestFrame& Request(std::size_t i) {
    return static_cast<const LLMContextSummaryRequestFrame&>(*requests_.at(i));
  }
  bool Result(const std::string& id, int last) {
    const auto frame = Make<LLMContextSummaryResultFrame>(id, "short", last);
    return summarizer_->OnResult(*frame);
  }

  EventLoop loop_{EventLoop::Time::kVirtual};
  std::shared_ptr<LLMContext> context_ = std::make_shared<LLMContext>();
  std::vector<FramePtr> requests_;
  std::unique_ptr<LLMContextSummarizer> summarizer_;
};

TEST_F(Summarizer, AsksWhenThereAreTooManyMessages) {
  Set(Talk(4));
  summarizer_->CheckLength();
  EXPECT_THAT(requests_, IsEmpty());

  Set(Talk(8));
  summarizer_->CheckLength();
  summarizer_->CheckLength();

  ASSERT_THAT(requests_, SizeIs(1));
  EXPECT_EQ(Request(0).min_messages_to_keep, 4);
  EXPECT_EQ(Request(0).target_context_tokens, 6000);
  EXPECT_FALSE(Request(0).summarization_prompt.empty());
}

TEST_F(Summarizer, AsksWhenThereAreTooManyTokens) {
  Json talk = Talk(6);
  talk[1]["content"] = std::string(40000, 'x');
  Set(talk);

  summarizer_->CheckLength();

  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(Summarizer, ShortensTheContextAndCountsFromThere) {
  Set(Talk(8));
  summarizer_->CheckLength();

  EXPECT_TRUE(Result(Request(0).request_id, 4));

  EXPECT_THAT(context_->messages(), SizeIs(6));
  EXPECT_EQ(context_->messages()[1]["content"], "Conversation summary: short");
  summarizer_->CheckLength();
  EXPECT_THAT(requests_, SizeIs(1));
}

TEST_F(Summarizer, LeavesOutAResultThatNobodyWaitsForOrThatFitsNoMore) {
  Set(Talk(8));
  summarizer_->CheckLength();
  const std::string first = Request(0).request_id;

  EXPECT_FALSE(Result("another", 4));
  summarizer_->OnInterruption();
  summarizer_->CheckLength();
  EXPECT_FALSE(Result(first, 4));
  ASSERT_THAT(requests_, SizeIs(2));
  Set(Talk(3));
  EXPECT_FALSE(Result(Request(1).request_id, 4));

  EXPECT_THAT(context_->messages(), SizeIs(4));
}

TEST_F(Summarizer, TakesAResultBehindAnInterruptionIfNoOtherWasAskedFor) {
  Set(Talk(8));
  summarizer_->CheckLength();
  summarizer_->OnInterruption();

  EXPECT_TRUE(Result(Request(0).request_id, 4));
}

TEST_F(Summarizer, WantsNoSummaryThatIsLongerThanTheContextMayBe) {
  for (const int limit : {7000, 5000}) {
    LLMAutoContextSummarizationConfig config;
    config.max_context_tokens = limit;
    config.max_unsummarized_messages.reset();
    LLMContextSummarizer summarizer(context_, config,
                                    [this](FramePtr frame) { requests_.push_back(std::move(frame)); });
    Json talk = Talk(60);
    Set(talk);
    summarizer.CheckLength();
    EXPECT_EQ(requests_.size(), limit == 7000 ? 0u : 1u);
    talk[1]["content"] = std::string(40000, 'x');
    Set(talk);
    summarizer.CheckLength();
  }

  ASSERT_THAT(requests_, SizeIs(2));
  EXPECT_EQ(Request(0).target_context_tokens, 6000);
  EXPECT_EQ(Request(1).target_context_tokens, 4000);
}

TEST_F(Summarizer, AsksAgainWhenTheAnswerDoesNotComeInTime) {
  Set(Talk(8));
  summarizer_->CheckLength();
  loop_.RunFor(std::chrono::seconds(121));

  summarizer_->CheckLength();

  EXPECT_THAT(requests_, SizeIs(2));
}

TEST_F(Summarizer, DoesAsTheProgramSays) {
  Set(Talk(5));
  LLMContextSummaryConfig config;
  config.min_messages_after_summary = 1;
  config.summarization_prompt = "Shorten.";
  config.summary_message_template = "Before: {summary}";

  summarizer_->Summarize(config);
  ASSERT_THAT(requests_, SizeIs(1));
  EXPECT_EQ(Request(0).summarization_prompt, "Shorten.");
  EXPECT_TRUE(Result(Request(0).request_id, 4));

  EXPECT_EQ(context_->messages()[1]["content"], "Before: short");
}

}  // namespace
}  // namespace repartee
