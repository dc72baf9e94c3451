#include "repartee/services/deepgram/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/services/testing/observed.h"
#include "repartee/services/testing/vendor_sockets.h"

namespace repartee {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kKey = "key-0001";

std::string Results(const std::string& text, double end, bool is_final, bool from_finalize = false) {
  const Json results = {
      {"type", "Results"},
      {"start", 0.0},
      {"duration", end},
      {"is_final", is_final},
      {"from_finalize", from_finalize},
      {"channel", {{"alternatives", Json::array({Json{{"transcript", text}, {"languages", {"en"}}}})}}}};
  return results.dump();
}

class DeepgramServiceTest : public ::testing::Test {
 protected:
  ~DeepgramServiceTest() override { vendor.Detach(); }
  void Begin(bool attach = true) {
    options.start_wait = start_wait;
    options.client.base_url = vendor.url();
    options.client.api_key = kKey;
    stt = std::make_unique<DeepgramSTTService>(options);
    rig = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{stt.get()}, testing::WithMetrics(),
                                         EventLoop::Time::kReal);
    if (attach) vendor.Attach(rig->loop());
  }
  void BeginAndConnect() {
    Begin();
    ASSERT_TRUE(Until([this] { return UsedLink(0); }));
  }
  // What happens on the server's thread does not wake the loop: it is looked at every few milliseconds.
  bool Until(const std::function<bool()>& done) {
    const Nanos limit = rig->loop().now() + 20s;
    while (!done() && rig->loop().now() < limit) rig->loop().RunFor(2ms);
    return done();
  }
  bool UsedLink(std::size_t index) {
    return vendor.links.size() > index && vendor.links[index].socket->open();
  }
  // 20 ms at 16 kHz, all bytes the same.
  void Hear(char byte, int frames = 1) {
    for (int i = 0; i < frames; ++i) {
      rig->Push(Make<InputAudioRawFrame>(AudioBuffer::CopyBytes(std::string(640, byte)), 16000, 1));
    }
  }
  void VadStart() { rig->Push(Make<VADUserStartedSpeakingFrame>(0.2, ToSeconds(rig->loop().wall_now()))); }
  void VadStop() { rig->Push(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(rig->loop().wall_now()))); }
  bool HasText(std::size_t index, const std::string& text) {
    return vendor.links.size() > index &&
           std::count(vendor.links[index].texts.begin(), vendor.links[index].texts.end(), text) > 0;
  }
  std::vector<const TranscriptionFrame*> Transcripts() const {
    return testing::Frames<TranscriptionFrame>(rig->downstream());
  }
  std::vector<const ErrorFrame*> Errors() const { return testing::Frames<ErrorFrame>(rig->upstream()); }

  testing::VendorSockets vendor;
  Nanos start_wait{0};  // the vendor answers when the pipeline has started
  DeepgramSTTOptions options;
  std::unique_ptr<DeepgramSTTService> stt;
  std::unique_ptr<testing::Rig> rig;
};

TEST_F(DeepgramServiceTest, ConnectsAheadWithItsKeyAndShowsWhatItIsTold) {
  BeginAndConnect();
  EXPECT_EQ(vendor.links[0].request.headers.Get("Authorization"), std::string("Token ") + kKey);
  EXPECT_EQ(vendor.links[0].request.QueryParameter("sample_rate"), "16000");
  Hear('a', 3);
  ASSERT_TRUE(Until([this] { return vendor.links[0].sound.size() == 3 * 640; }));
  vendor.links[0].Say(Results("hello", 0.04, false));
  vendor.links[0].Say(R"({"type":"SpeechStarted","timestamp":0.1})");
  vendor.links[0].Say(Results("Hello.", 0.06, true));
  ASSERT_TRUE(Until([this] { return !Transcripts().empty(); }));

  EXPECT_EQ(testing::Frames<InterimTranscriptionFrame>(rig->downstream())[0]->text, "hello");
  EXPECT_EQ(Transcripts()[0]->text, "Hello.");
  EXPECT_EQ(Transcripts()[0]->language, "en");
  EXPECT_EQ(Transcripts()[0]->result, *ParseJson(Results("Hello.", 0.06, true)));
  EXPECT_FALSE(Transcripts()[0]->finalized);
  const auto usage = testing::Measured<STTUsageMetricsData>(rig->downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_NEAR(usage[0].audio_seconds, 0.06, 1e-9);
}

TEST_F(DeepgramServiceTest, AsksForTheRestWhenTheVoiceStopsAndMeasuresTheWait) {
  BeginAndConnect();
  VadStart();
  Hear('a');
  VadStop();
  ASSERT_TRUE(Until([this] { return HasText(0, R"({"type":"Finalize"})"); }));
  vendor.links[0].Say(Results("Hello.", 0.02, true, true));
  ASSERT_TRUE(Until([this] { return !Transcripts().empty(); }));

  EXPECT_TRUE(Transcripts()[0]->finalized);
  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig->downstream()), SizeIs(1));
}

TEST_F(DeepgramServiceTest, EndsTheWaitWithAnEmptyConfirmation) {
  BeginAndConnect();
  VadStart();
  VadStop();
  ASSERT_TRUE(Until([this] { return HasText(0, R"({"type":"Finalize"})"); }));
  vendor.links[0].Say(Results("", 0, true, true));
  ASSERT_TRUE(Until([this] { return !testing::Measured<TTFBMetricsData>(rig->downstream()).empty(); }));
  EXPECT_THAT(Transcripts(), IsEmpty());

  vendor.links[0].Say(Results("Late.", 0, true));
  ASSERT_TRUE(Until([this] { return !Transcripts().empty(); }));
  EXPECT_TRUE(Transcripts()[0]->finalized);
}

TEST_F(DeepgramServiceTest, KeepsTheSoundThatComesBeforeItIsConnected) {
  vendor.RefuseNext(HttpResponse::Text(503, "busy"));
  Begin(false);
  ASSERT_TRUE(Until([this] { return !Errors().empty(); }));
  Hear('a', 2);
  rig->loop().RunFor(5ms);
  vendor.Attach(rig->loop());
  ASSERT_TRUE(Until([this] { return UsedLink(0) && vendor.links[0].sound.size() == 2 * 640; }));
}

TEST_F(DeepgramServiceTest, LetsThePipelineStartOnceTheFirstAttemptHasEnded) {
  vendor.RefuseNext(HttpResponse::Text(503, "busy"));
  start_wait = 20s;
  Begin();

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kServer);
}

TEST_F(DeepgramServiceTest, SendsAgainWhatWasNotSettledWhenTheLinkBreaks) {
  BeginAndConnect();
  VadStart();
  Hear('a', 10);
  ASSERT_TRUE(Until([this] { return vendor.links[0].sound.size() == 10 * 640; }));
  vendor.links[0].Say(Results("Settled.", 0.12, true));
  ASSERT_TRUE(Until([this] { return !Transcripts().empty(); }));
  VadStop();
  ASSERT_TRUE(Until([this] { return HasText(0, R"({"type":"Finalize"})"); }));
  vendor.links[0].socket->Abort();
  Hear('b', 2);
  ASSERT_TRUE(Until([this] { return HasText(1, R"({"type":"Finalize"})"); }));
  ASSERT_TRUE(Until([this] { return vendor.links[1].sound.size() >= 6 * 640; }));

  EXPECT_EQ(vendor.links[1].sound, std::string(4 * 640, 'a') + std::string(2 * 640, 'b'));
  vendor.links[1].Say(Results("Again.", 0.1, true, true));
  ASSERT_TRUE(Until([this] { return Transcripts().size() == 2; }));
  EXPECT_TRUE(Transcripts()[1]->finalized);
  EXPECT_THAT(Errors(), SizeIs(1));
}

TEST_F(DeepgramServiceTest, SkipsMessagesThatAreMalformedAndLeavesALinkThatSendsNothingElse) {
  BeginAndConnect();
  vendor.links[0].Say("{\"type\":\"Results\",\"chan");
  vendor.links[0].Say(Results("Fine.", 0.1, true));
  ASSERT_TRUE(Until([this] { return !Transcripts().empty(); }));
  EXPECT_THAT(Errors(), IsEmpty());

  for (int i = 0; i < 17; ++i) vendor.links[0].Say("nonsense");
  ASSERT_TRUE(Until([this] { return UsedLink(1); }));
  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_THAT(Errors()[0]->error, HasSubstr("malformed"));
}

TEST_F(DeepgramServiceTest, IsOfNoUseAfterAWrongKeyAndSaysSoOnceWithoutIt) {
  vendor.RefuseNext(HttpResponse::Json(401, R"({"err_msg":"Invalid credentials."})"));
  Begin();
  ASSERT_TRUE(Until([this] { return !Errors().empty(); }));
  Hear('a', 5);
  rig->loop().RunFor(10ms);

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kAuthentication);
  EXPECT_THAT(Errors()[0]->error, Not(HasSubstr(kKey)));
  EXPECT_FALSE(stt->usable());
  EXPECT_THAT(vendor.links, IsEmpty());
}

TEST_F(DeepgramServiceTest, ChangesItsSettingsOnANewLinkThatLosesNoSound) {
  BeginAndConnect();
  Hear('a');
  ASSERT_TRUE(Until([this] { return vendor.links[0].sound.size() == 640; }));
  rig->Push(Make<STTUpdateSettingsFrame>(Json{{"language", "es"}}));
  ASSERT_TRUE(Until([this] { return HasText(0, R"({"type":"CloseStream"})"); }));
  Hear('b', 2);
  rig->loop().RunFor(5ms);
  vendor.links[0].Say(Results("Flushed.", 0.02, true));
  vendor.links[0].Say(R"({"type":"Metadata"})");
  ASSERT_TRUE(Until([this] { return UsedLink(1) && vendor.links[1].sound.size() == 2 * 640; }));

  EXPECT_EQ(vendor.links[1].request.QueryParameter("language"), "es");
  EXPECT_EQ(vendor.links[1].sound, std::string(2 * 640, 'b'));
  EXPECT_EQ(vendor.links[0].closed->code, kWebSocketNormal);
  EXPECT_THAT(Transcripts(), SizeIs(1));
  EXPECT_THAT(Errors(), IsEmpty());
}

TEST_F(DeepgramServiceTest, WaitsWithNewSettingsUntilTheUserIsSilent) {
  BeginAndConnect();
  VadStart();
  rig->Push(Make<STTUpdateSettingsFrame>(Json{{"language", "es"}}));
  rig->loop().RunFor(20ms);
  EXPECT_FALSE(HasText(0, R"({"type":"CloseStream"})"));
  rig->Push(Make<UserStoppedSpeakingFrame>());

  EXPECT_TRUE(Until([this] { return HasText(0, R"({"type":"CloseStream"})"); }));
}

TEST_F(DeepgramServiceTest, KeepsAnIdleLinkAlive) {
  options.client.keepalive = 20ms;
  BeginAndConnect();
  EXPECT_TRUE(Until([this] { return vendor.links[0].texts.size() >= 3; }));
  EXPECT_THAT(vendor.links[0].texts, Contains(R"({"type":"KeepAlive"})"));
}

TEST_F(DeepgramServiceTest, TakesTheLastResultsBeforeItEnds) {
  vendor.on_text = [](testing::VendorSockets::Link& link, const std::string& text) {
    if (text.find("CloseStream") == std::string::npos) return;
    link.Say(Results("Last words.", 0.02, true));
    link.Say(R"({"type":"Metadata"})");
  };
  BeginAndConnect();
  Hear('a');
  rig->Push(Make<EndFrame>());
  ASSERT_TRUE(Until([this] { return !testing::Frames<EndFrame>(rig->downstream()).empty(); }));

  EXPECT_THAT(Transcripts(), SizeIs(1));
  EXPECT_EQ(vendor.links[0].sound.size(), 640u);
}

TEST_F(DeepgramServiceTest, TellsTheProgramHowItsLinkIs) {
  Begin(false);
  std::vector<std::string> told;
  stt->on_connected.Connect([&] { told.emplace_back("connected"); });
  stt->on_disconnected.Connect([&] { told.emplace_back("disconnected"); });
  stt->on_connection_error.Connect([&](const std::string& why) {
    EXPECT_THAT(why, HasSubstr("deepgram"));
    told.emplace_back("error");
  });
  vendor.Attach(rig->loop());
  ASSERT_TRUE(Until([&] { return told.size() == 1; }));
  vendor.links[0].socket->Abort();
  ASSERT_TRUE(Until([&] { return told.size() == 4; }));
  rig->Push(Make<CancelFrame>());
  ASSERT_TRUE(Until([&] { return told.size() == 5; }));

  EXPECT_THAT(told, ElementsAre("connected", "disconnected", "error", "connected", "disconnected"));
}

TEST_F(DeepgramServiceTest, EndsThoughTheVendorSaysNothingMore) {
  options.client.close_wait = 10ms;
  options.client.socket.close_timeout = 10ms;
  BeginAndConnect();
  rig->Push(Make<EndFrame>());

  EXPECT_TRUE(Until([this] { return !testing::Frames<EndFrame>(rig->downstream()).empty(); }));
}

TEST_F(DeepgramServiceTest, SaysWhatIsWrongWithItsSettings) {
  options.settings = {{"punctuate", "yes"}};
  Begin();
  ASSERT_TRUE(Until([this] { return !Errors().empty(); }));

  EXPECT_THAT(Errors()[0]->error, HasSubstr("punctuate"));
  EXPECT_FALSE(stt->usable());
}

}  // namespace
}  // namespace repartee
