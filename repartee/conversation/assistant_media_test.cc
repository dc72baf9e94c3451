// What the assistant aggregator does with pictures, files, thoughts, markers and summaries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/conversation/llm_assistant_aggregator.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class AssistantMedia : public ::testing::Test {
 protected:
  explicit AssistantMedia(LLMAssistantAggregatorParams params = {})
      : aggregator_(context_, std::move(params)), rig_({&aggregator_}) {}

  void Push(FramePtr frame, Direction direction = Direction::kDownstream) {
    rig_.Push(std::move(frame), direction);
    rig_.Wait(milliseconds(1));
  }
  const Json& Last() { return context_->messages().back(); }

  std::shared_ptr<LLMContext> context_ = std::make_shared<LLMContext>();
  LLMAssistantAggregator aggregator_;
  testing::Rig rig_;
};

TEST_F(AssistantMedia, PutsAUsersPictureIntoTheContextAndRunsTheModel) {
  auto frame = Make<UserImageRawFrame>("abc", ImageSize{1, 1}, "JPEG");
  frame->text = "What is this?";

  Push(std::move(frame));

  EXPECT_EQ(Last(), Json::parse(R"({"role": "user", "content": [
      {"type": "text", "text": "What is this?"},
      {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,YWJj"}}]})"));
  EXPECT_THAT(rig_.UpstreamLog(), ElementsAre(HasSubstr("LLMContextFrame")));
}

TEST_F(AssistantMedia, WaitsWithThePictureUntilNobodySpeaks) {
  Push(Make<BotStartedSpeakingFrame>());
  Push(Make<UserImageRawFrame>("abc", ImageSize{}, "image/png"));
  EXPECT_THAT(rig_.UpstreamLog(), Not(Contains(HasSubstr("LLMContextFrame"))));

  Push(Make<BotStoppedSpeakingFrame>());

  EXPECT_THAT(rig_.UpstreamLog(), Contains(HasSubstr("LLMContextFrame")));
}

TEST_F(AssistantMedia, KeepsOutAPictureThatIsNotMeantForTheContext) {
  auto frame = Make<UserImageRawFrame>("abc", ImageSize{}, "png");
  frame->append_to_context = false;

  Push(std::move(frame));

  EXPECT_THAT(context_->messages(), IsEmpty());
  EXPECT_THAT(rig_.UpstreamLog(), IsEmpty());
}

TEST_F(AssistantMedia, SaysWhatAPictureOfRawPixelsNeeds) {
  Push(Make<UserImageRawFrame>("abc", ImageSize{1, 1}, "RGB"));

  ASSERT_THAT(rig_.upstream(), SizeIs(1));
  EXPECT_THAT(rig_.upstream()[0].frame->As<ErrorFrame>()->error, HasSubstr("'RGB'"));
  EXPECT_THAT(context_->messages(), IsEmpty());
}

TEST_F(AssistantMedia, LeavesTheRunToTheToolThatAskedForThePicture) {
  std::vector<std::string> results;
  auto request = Make<UserImageRequestFrame>("u");
  request->result_callback = [&](Json result) { results.push_back(result.get<std::string>()); };
  auto frame = Make<UserImageRawFrame>("abc", ImageSize{}, "png");
  frame->request = Ref<const UserImageRequestFrame>(request);

  Push(std::move(frame));

  EXPECT_THAT(results, SizeIs(1));
  EXPECT_THAT(context_->messages(), SizeIs(1));
  EXPECT_THAT(rig_.UpstreamLog(), IsEmpty());
}

TEST_F(AssistantMedia, PutsFilesInByAddressOrWithTheirBytes) {
  Push(Make<UserFileRawFrame>("https://example.com/a.png", FileSourceType::kUrl, "a.png", "image/png"));
  EXPECT_EQ(Last()["content"][0]["image_url"]["url"], "https://example.com/a.png");

  Push(Make<UserFileRawFrame>("YWJj", FileSourceType::kBytes, "a.pdf", "application/pdf"));
  EXPECT_EQ(Last()["content"][0], Json::parse(R"({"type": "file", "file": {
      "filename": "a.pdf", "file_data": "data:application/pdf;base64,YWJj"}})"));
}

TEST_F(AssistantMedia, RefusesAFileThatIsNoBase64) {
  Push(Make<UserFileRawFrame>("?!", FileSourceType::kBytes, "a.pdf", "application/pdf"));

  ASSERT_THAT(rig_.upstream(), SizeIs(1));
  EXPECT_THAT(rig_.upstream()[0].frame->As<ErrorFrame>()->error, HasSubstr("'a.pdf'"));
}

TEST_F(AssistantMedia, KeepsTheOrderOfTextAndPicture) {
  Push(Make<LLMFullResponseStartFrame>());
  Push(Make<TextFrame>("Look:"));
  Push(Make<AssistantImageRawFrame>("abc", ImageSize{}, "png"));
  Push(Make<TextFrame>("A cat."));
  Push(Make<LLMFullResponseEndFrame>());

  ASSERT_THAT(context_->messages(), SizeIs(3));
  EXPECT_EQ(context_->messages()[0]["content"], "Look:");
  EXPECT_EQ(context_->messages()[1]["content"][0]["type"], "image_url");
  EXPECT_EQ(context_->messages()[2]["content"], "A cat.");
}

TEST_F(AssistantMedia, TellsThoughtsAndKeepsThoseTheModelWantsBack) {
  std::vector<std::string> thoughts;
  aggregator_.on_assistant_thought.Connect(
      [&](const std::string& text, const std::string&) { thoughts.push_back(text); });
  Push(Make<LLMThoughtStartFrame>());
  Push(Make<LLMThoughtTextFrame>("hm"));
  Push(Make<LLMThoughtEndFrame>());
  EXPECT_THAT(context_->messages(), IsEmpty());

  auto start = Make<LLMThoughtStartFrame>();
  start->append_to_context = true;
  start->llm = "google";
  auto end = Make<LLMThoughtEndFrame>();
  end->signature = "sig";
  Push(std::move(start));
  Push(Make<LLMThoughtTextFrame>("well, "));
  Push(Make<LLMThoughtTextFrame>("yes"));
  Push(std::move(end));

  EXPECT_THAT(thoughts, ElementsAre("hm", "well, yes"));
  EXPECT_EQ(Last(), Json::parse(R"({"llm": "google", "message":
      {"type": "thought", "text": "well, yes", "signature": "sig"}})"));
}

TEST_F(AssistantMedia, WritesMarkersAtOnceOrInFrontOfTheText) {
  Push(Make<LLMMarkerFrame>("○"));
  EXPECT_EQ(Last()["content"], "○");

  Push(Make<LLMFullResponseStartFrame>());
  auto marker = Make<LLMMarkerFrame>("●");
  marker->append_to_context_immediately = false;
  Push(std::move(marker));
  Push(Make<TextFrame>("Hello."));
  Push(Make<LLMFullResponseEndFrame>());

  EXPECT_EQ(Last()["content"], "● Hello.");
}

TEST_F(AssistantMedia, TransformsTheMessages) {
  context_->AddMessage("user", "one");
  context_->AddMessage("user", "two");
  auto frame = Make<LLMMessagesTransformFrame>([](Json messages) {
    messages.erase(0);
    return messages;
  });
  frame->run_llm = true;

  Push(std::move(frame));

  EXPECT_THAT(context_->messages(), SizeIs(1));
  EXPECT_THAT(rig_.UpstreamLog(), ElementsAre(HasSubstr("LLMContextFrame")));
}

LLMAssistantAggregatorParams WithSummaries() {
  LLMAssistantAggregatorParams params;
  params.enable_auto_context_summarization = true;
  params.auto_context_summarization_config.max_unsummarized_messages = 6;
  return params;
}

class AssistantSummary : public AssistantMedia {
 protected:
  AssistantSummary() : AssistantMedia(WithSummaries()) {}
};

TEST_F(AssistantSummary, IsAskedForWhenAnAnswerBeginsAndTakesThePlaceOfTheMessages) {
  for (int i = 0; i < 8; ++i) context_->AddMessage("user", "m" + std::to_string(i));

  Push(Make<LLMFullResponseStartFrame>());
  ASSERT_THAT(rig_.UpstreamLog(), ElementsAre(HasSubstr("LLMContextSummaryRequestFrame")));
  const auto& request = static_cast<const LLMContextSummaryRequestFrame&>(*rig_.upstream()[0].frame);
  Push(Make<LLMContextSummaryResultFrame>(request.request_id, "eight messages", 3));

  ASSERT_THAT(context_->messages(), SizeIs(5));
  EXPECT_EQ(context_->messages()[0]["content"], "Conversation summary: eight messages");
}

}  // namespace
}  // namespace repartee
