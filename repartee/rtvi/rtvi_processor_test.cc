#include "repartee/rtvi/rtvi_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/base/encoding.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/rtvi/session_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RTVISession;
using ::testing::SizeIs;

std::vector<std::string> Errors(const RTVISession& session) {
  std::vector<std::string> errors;
  for (const char* type : {"error", "error-response"}) {
    for (const Json& data : session.ToldData(type)) errors.push_back(data["error"]);
  }
  return errors;
}

template <class T>
std::vector<const T*> Arrived(const RTVISession& session) {
  std::vector<const T*> frames;
  for (const auto& one : session.rig->downstream()) {
    if (const auto* frame = one.frame->As<T>()) frames.push_back(frame);
  }
  return frames;
}

TEST(RTVIProcessor, AnswersClientReadyWithBotReady) {
  RTVISession session;
  session.Say("client-ready", Json{{"version", "2.1.0"}}, "abcd");

  ASSERT_THAT(session.ToldTypes(), ElementsAre("bot-ready"));
  const Json& ready = session.output.messages.back();
  EXPECT_EQ(ready["label"], "rtvi-ai");
  EXPECT_EQ(ready["id"], "abcd");
  EXPECT_EQ(ready["data"]["version"], "2.2.0");
  EXPECT_EQ(ready["data"]["about"]["library"], "repartee");
  EXPECT_EQ(ready["data"]["capabilities"]["audio_in"], true);
  EXPECT_EQ(session.rtvi.client_version(), (RTVIVersion{2, 1, 0}));
}

TEST(RTVIProcessor, LeavesMessagesWithoutTheLabelToOthers) {
  RTVISession session;
  for (const char* text : {R"({"type":"client-ready","id":"1"})", "5", "null", R"(["label"])",
                           R"({"label":"other","type":"x","id":"1"})"}) {
    session.Deliver(Json::parse(text));
  }

  EXPECT_THAT(session.Told(), IsEmpty());
}

TEST(RTVIProcessor, SaysWhatIsWrongWithEachMessage) {
  const struct {
    const char* type;
    const char* data;
    const char* fault;
  } cases[] = {
      {"client-message", R"({"d":1})", "t is missing"},
      {"client-message", R"("text")", "t is missing"},
      {"send-text", R"({})", "content"},
      {"send-text", R"({"content":"a","options":3})", "options"},
      {"send-text", R"({"content":"a","options":{"run_immediately":"yes"}})", "options.run_immediately"},
      {"send-file", R"({"content":"a"})", "format"},
      {"send-file", R"({"file":{"format":"a/b","source":{"type":"disk"}}})", "file.source.type"},
      {"dtmf", R"({"buttons":[]})", "buttons"},
      {"dtmf", R"({"buttons":["1","x"]})", "button"},
      {"raw-audio", R"({"base64Audio":"AAAA","sampleRate":0,"numChannels":1})", "sampleRate"},
      {"raw-audio", R"({"base64Audio":"?","sampleRate":16000,"numChannels":1})", "base64Audio"},
      {"raw-audio-batch", R"({"base64AudioBatch":"AAAA","sampleRate":16000,"numChannels":1})", "list"},
      {"llm-function-call-result", R"({"function_name":"f"})", "tool_call_id"},
      {"ui-dance", R"({})", "Unsupported type ui-dance"},
      {"dance", R"({})", "Unsupported type dance"},
  };
  for (const auto& one : cases) {
    RTVISession session;
    session.Say(one.type, Json::parse(one.data));

    EXPECT_THAT(Errors(session), ElementsAre(HasSubstr(one.fault))) << one.type << one.data;
    EXPECT_EQ(session.output.messages.back()["id"], "c1");
  }
}

TEST(RTVIProcessor, HasNoIdToAnswerWhenThereIsNone) {
  RTVISession session;
  session.Deliver(Json{{"label", "rtvi-ai"}, {"type", "client-ready"}});

  EXPECT_THAT(session.ToldTypes(), ElementsAre("error"));
  EXPECT_THAT(Errors(session), ElementsAre(HasSubstr("id is missing")));
}

TEST(RTVIProcessor, TypedTextCutsTheBotShortAndIsAnswered) {
  RTVISession session;
  session.Speak("hello");
  session.rig->Wait(milliseconds(60));
  const Json options{{"run_immediately", true}, {"audio_response", true}};
  session.Say("send-text", Json{{"content", "Stop it"}, {"options", options}}, "t1");
  session.rig->Wait(milliseconds(1000));

  // What was heard is in the context ahead of what was typed.
  const Json& messages = session.aggregators.user->context()->messages();
  ASSERT_THAT(messages, SizeIs(::testing::Ge(3U)));
  EXPECT_EQ(messages[0]["content"], "hello");
  EXPECT_EQ(messages[messages.size() - 2], Json({{"role", "user"}, {"content", "Stop it"}}));
  EXPECT_EQ(messages.back()["content"], "Hello there. How are you?");
  EXPECT_THAT(session.ToldTypes(), Contains("bot-interrupted"));
  EXPECT_EQ(session.ToldData("user-input").back()["msg_id"], "t1");
}

TEST(RTVIProcessor, TypedTextMayBeAnsweredInSilence) {
  RTVISession session;
  const Json options{{"audio_response", false}};
  session.Say("send-text", Json{{"content", "Quietly"}, {"options", options}});
  session.rig->Wait(milliseconds(500));
  EXPECT_THAT(session.output.writes, IsEmpty());
  EXPECT_THAT(session.ToldData("bot-output"), SizeIs(2));

  session.Say("send-text", Json{{"content", "Aloud"}});
  session.rig->Wait(milliseconds(500));
  EXPECT_THAT(session.output.writes, Not(IsEmpty()));
}

TEST(RTVIProcessor, ANoteIsWrittenDownAndNotAnswered) {
  RTVISession session;
  const Json options{{"run_immediately", false}};
  session.Say("send-text", Json{{"content", "By the way"}, {"options", options}});
  session.rig->Wait(milliseconds(500));

  EXPECT_THAT(session.aggregators.user->context()->messages(), SizeIs(1));
  EXPECT_THAT(session.ToldTypes(), ElementsAre("user-input"));
}

TEST(RTVIProcessor, MakesFramesOfKeysAudioAndFiles) {
  RTVISession session;
  session.Say("dtmf", Json::parse(R"({"buttons":["1","#"]})"));
  session.Say("raw-audio",
              Json{{"base64Audio", Base64Encode("abcde")}, {"sampleRate", 16000}, {"numChannels", 1}});
  session.Say("raw-audio-batch",
              Json::parse(R"({"base64AudioBatch":["AAAA","AAAA"],"sampleRate":16000,"numChannels":2})"));
  session.rig->Wait(milliseconds(10));

  ASSERT_THAT(Arrived<InputDTMFFrame>(session), SizeIs(2));
  EXPECT_EQ(Arrived<InputDTMFFrame>(session)[1]->button, KeypadEntry::kPound);
  ASSERT_THAT(Arrived<InputAudioRawFrame>(session), SizeIs(1));
  EXPECT_EQ(Arrived<InputAudioRawFrame>(session)[0]->audio.bytes(), "abcd");
}

TEST(RTVIProcessor, HandsClientMessagesToTheApplication) {
  RTVISession session;
  std::string seen;
  session.rtvi.on_client_message.Connect([&seen](const std::string& id, const std::string& type,
                                                 const Json& data) { seen = id + type + data.dump(); });
  session.Say("client-message", Json::parse(R"({"t":"ask","d":{"q":1}})"), "m3");

  EXPECT_EQ(seen, R"(m3ask{"q":1})");
}

TEST(RTVIProcessor, AnswersThroughFramesOfTheApplication) {
  RTVISession session;
  session.llm.Push(Make<RTVIServerMessageFrame>(Json{{"a", 1}}));
  session.llm.Push(Make<RTVIServerResponseFrame>("m3", "ask", Json(42)));
  auto refusal = Make<RTVIServerResponseFrame>("m4", "ask", Json());
  refusal->error = "no";
  session.llm.Push(std::move(refusal));
  session.llm.Push(Make<RTVIUICommandFrame>("toast", Json{{"text", "hi"}}));
  session.rig->Wait(milliseconds(1));

  EXPECT_THAT(
      session.Told(),
      ElementsAre(
          Json::parse(R"({"label":"rtvi-ai","type":"server-message","data":{"a":1}})"),
          Json::parse(R"({"label":"rtvi-ai","type":"server-response","id":"m3","data":{"t":"ask","d":42}})"),
          Json::parse(R"({"label":"rtvi-ai","type":"error-response","id":"m4","data":{"error":"no"}})"),
          Json::parse(
              R"({"label":"rtvi-ai","type":"ui-command","data":{"command":"toast","payload":{"text":"hi"}}})")));
}

TEST(RTVIProcessor, RefusesMoreMessagesThanItCanHold) {
  RTVISession session;
  for (int i = 0; i < 300; ++i) session.input.PushMessage(MakeRTVIMessage("dance", nullptr, "c1"));
  session.rig->Wait(milliseconds(10));

  EXPECT_THAT(session.ToldData("error-response"), SizeIs(256));
  EXPECT_THAT(session.ToldData("error"), SizeIs(44));
}

TEST(RTVIProcessor, EndsThePipelineWhenTheClientSaysGoodbye) {
  RTVISession session;
  session.Say("disconnect-bot");
  session.rig->Wait(milliseconds(100));

  EXPECT_TRUE(session.rig->task().finished());
}

}  // namespace
}  // namespace repartee
