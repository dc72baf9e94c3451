#include "repartee/services/cartesia/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/base/encoding.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/services/testing/observed.h"
#include "repartee/services/testing/vendor_sockets.h"

namespace repartee {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using Link = testing::VendorSockets::Link;

constexpr const char* kKey = "key-0001";

Json Of(const std::string& text) { return *ParseJson(text); }

class CartesiaServiceTest : public ::testing::Test {
 protected:
  ~CartesiaServiceTest() override { vendor.Detach(); }
  void Begin() {
    options.client.url = vendor.url() + "/tts/websocket";
    options.client.api_key = kKey;
    if (!options.settings.contains("voice")) options.settings["voice"] = "v1";
    tts = std::make_unique<CartesiaTTSService>(options);
    rig = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{tts.get()}, testing::WithMetrics(),
                                         EventLoop::Time::kReal);
    vendor.Attach(rig->loop());
  }
  bool Until(const std::function<bool()>& done) {
    const Nanos limit = rig->loop().now() + 20s;
    while (!done() && rig->loop().now() < limit) rig->loop().RunFor(2ms);
    return done();
  }
  bool Asked(std::size_t link, std::size_t requests) {
    return vendor.links.size() > link && vendor.links[link].texts.size() >= requests;
  }
  // One answer of one sentence, as far as the vendor: its request and the closing one.
  void Answer(const std::string& text) {
    rig->Push(Make<LLMFullResponseStartFrame>());
    rig->Push(Make<LLMTextFrame>(text));
    rig->Push(Make<LLMFullResponseEndFrame>());
  }
  static std::string Context(const Link& link, std::size_t request) {
    return Of(link.texts[request])["context_id"];
  }
  static void Sound(Link& link, const std::string& context, std::size_t bytes = 4800) {
    link.Say(
        Json{{"type", "chunk"}, {"context_id", context}, {"data", Base64Encode(std::string(bytes, '\1'))}}
            .dump());
  }
  static void Words(Link& link, const std::string& context, const std::vector<std::string>& words) {
    std::vector<double> starts(words.size());
    for (std::size_t i = 0; i < words.size(); ++i) starts[i] = 0.1 * static_cast<double>(i);
    link.Say(Json{{"type", "timestamps"},
                  {"context_id", context},
                  {"word_timestamps", {{"words", words}, {"start", starts}, {"end", starts}}}}
                 .dump());
  }
  static void Done(Link& link, const std::string& context) {
    link.Say(Json{{"type", "done"}, {"done", true}, {"context_id", context}}.dump());
  }
  template <class F>
  std::size_t Count() const {
    return testing::Frames<F>(rig->downstream()).size();
  }
  std::vector<std::string> Spoken() const {
    std::vector<std::string> words;
    for (const auto* frame : testing::Frames<TTSTextFrame>(rig->downstream())) words.push_back(frame->text);
    return words;
  }
  std::size_t SoundBytes() const {
    std::size_t bytes = 0;
    for (const auto* frame : testing::Frames<TTSAudioRawFrame>(rig->downstream()))
      bytes += frame->audio.size();
    return bytes;
  }
  std::vector<const ErrorFrame*> Errors() const { return testing::Frames<ErrorFrame>(rig->upstream()); }

  testing::VendorSockets vendor;
  CartesiaTTSOptions options;
  std::unique_ptr<CartesiaTTSService> tts;
  std::unique_ptr<testing::Rig> rig;
};

TEST_F(CartesiaServiceTest, SpeaksAnAnswerWithItsWordsInTheirTime) {
  Begin();
  Answer("Hello there.");
  ASSERT_TRUE(Until([this] { return Asked(0, 2); }));
  Link& link = vendor.links[0];
  EXPECT_EQ(link.request.headers.Get("X-API-Key"), kKey);
  EXPECT_EQ(link.request.headers.Get("Cartesia-Version"), "2026-03-01");
  EXPECT_EQ(Of(link.texts[0])["transcript"], "Hello there.");
  EXPECT_EQ(Of(link.texts[1])["continue"], false);
  const std::string context = Context(link, 0);
  Words(link, context, {"Hello", "<emotion value=\"x\"/>there."});
  Sound(link, context);
  Done(link, context);
  ASSERT_TRUE(Until([this] { return Count<LLMFullResponseEndFrame>() == 1; }));

  EXPECT_THAT(Spoken(), ElementsAre("Hello", "there."));
  const auto texts = testing::Frames<TTSTextFrame>(rig->downstream());
  EXPECT_EQ(texts[1]->pts - texts[0]->pts, 100'000'000);
  EXPECT_EQ(SoundBytes(), 4800u);
  EXPECT_EQ(Count<TTSStartedFrame>(), 1u);
  EXPECT_EQ(Count<TTSStoppedFrame>(), 1u);
  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig->downstream()), SizeIs(1));
  const auto usage = testing::Measured<TTSUsageMetricsData>(rig->downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_EQ(usage[0].value, 12);
  EXPECT_THAT(Errors(), IsEmpty());
}

TEST_F(CartesiaServiceTest, CancelsTheContextOnAnInterruptionAndDropsWhatComesLate) {
  Begin();
  Answer("This will be cut short.");
  ASSERT_TRUE(Until([this] { return Asked(0, 2); }));
  Link& link = vendor.links[0];
  const std::string context = Context(link, 0);
  Sound(link, context);
  ASSERT_TRUE(Until([this] { return SoundBytes() == 4800; }));
  rig->Push(Make<InterruptionFrame>());
  ASSERT_TRUE(Until([this] { return Asked(0, 3); }));
  EXPECT_EQ(Of(link.texts[2]), Json({{"context_id", context}, {"cancel", true}}));
  Sound(link, context);
  Answer("Yes?");
  ASSERT_TRUE(Until([this] { return Asked(0, 5); }));
  EXPECT_NE(Context(link, 3), context);
  Sound(link, Context(link, 3), 100);
  Done(link, Context(link, 3));
  ASSERT_TRUE(Until([this] { return Count<TTSStoppedFrame>() == 1; }));

  EXPECT_EQ(SoundBytes(), 4900u);
  EXPECT_THAT(Errors(), IsEmpty());
}

TEST_F(CartesiaServiceTest, FailsTheContextOfAnErrorAndShowsNothingAsSpoken) {
  Begin();
  Answer("This will fail.");
  ASSERT_TRUE(Until([this] { return Asked(0, 2); }));
  vendor.links[0].Say(R"({"type":"error","status_code":429,"title":"Slow down","done":true})");
  ASSERT_TRUE(Until([this] { return Count<LLMFullResponseEndFrame>() == 1; }));

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kRateLimit);
  EXPECT_THAT(Errors()[0]->error, HasSubstr("Slow down"));
  EXPECT_THAT(Spoken(), IsEmpty());
  EXPECT_EQ(Count<TTSStartedFrame>(), Count<TTSStoppedFrame>());
  EXPECT_TRUE(tts->usable());
}

TEST_F(CartesiaServiceTest, EndsTheSentenceThatABrokenLinkCutAndSpeaksTheNext) {
  Begin();
  Answer("Cut in the middle.");
  ASSERT_TRUE(Until([this] { return Asked(0, 2); }));
  Sound(vendor.links[0], Context(vendor.links[0], 0));
  ASSERT_TRUE(Until([this] { return SoundBytes() == 4800; }));
  vendor.links[0].socket->Abort();
  ASSERT_TRUE(Until([this] { return Count<TTSStoppedFrame>() == 1; }));
  EXPECT_THAT(Errors(), SizeIs(1));

  Answer("Back again.");
  ASSERT_TRUE(Until([this] { return Asked(1, 2); }));
  Sound(vendor.links[1], Context(vendor.links[1], 0));
  Done(vendor.links[1], Context(vendor.links[1], 0));
  EXPECT_TRUE(Until([this] { return Count<TTSStoppedFrame>() == 2; }));
}

TEST_F(CartesiaServiceTest, AsksAgainForASentenceOfWhichNothingWasHeard) {
  Begin();
  Answer("Once more.");
  ASSERT_TRUE(Until([this] { return Asked(0, 2); }));
  vendor.links[0].socket->Close(kWebSocketNormal, "timeout");
  ASSERT_TRUE(Until([this] { return Asked(1, 2); }));
  EXPECT_EQ(vendor.links[1].texts, vendor.links[0].texts);
  Sound(vendor.links[1], Context(vendor.links[1], 0));
  Done(vendor.links[1], Context(vendor.links[1], 0));
  ASSERT_TRUE(Until([this] { return Count<TTSStoppedFrame>() == 1; }));

  EXPECT_EQ(SoundBytes(), 4800u);
  EXPECT_THAT(Errors(), IsEmpty());
}

TEST_F(CartesiaServiceTest, IsOfNoUseAfterAWrongKeyAndSaysSoOnce) {
  vendor.RefuseNext(HttpResponse::Json(401, "{}"));
  Begin();
  Answer("This waits for the connection.");
  ASSERT_TRUE(Until([this] { return !Errors().empty(); }));
  Answer("Nobody hears this.");
  ASSERT_TRUE(Until([this] { return Count<LLMFullResponseEndFrame>() == 2; }));

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kAuthentication);
  EXPECT_THAT(Errors()[0]->error, Not(HasSubstr(kKey)));
  EXPECT_THAT(Spoken(), IsEmpty());
}

TEST_F(CartesiaServiceTest, ChangesItsVoiceWithTheNextSentence) {
  Begin();
  rig->Push(Make<LLMFullResponseStartFrame>());
  rig->Push(Make<LLMTextFrame>("First voice. X"));
  ASSERT_TRUE(Until([this] { return Asked(0, 1); }));
  rig->Push(Make<TTSUpdateSettingsFrame>(Json{{"voice", "v2"}}));
  rig->Push(Make<LLMTextFrame>(" second voice."));
  rig->Push(Make<LLMFullResponseEndFrame>());
  ASSERT_TRUE(Until([this] { return Asked(0, 4); }));
  const Link& link = vendor.links[0];

  EXPECT_EQ(Of(link.texts[0])["voice"]["id"], "v1");
  EXPECT_EQ(Context(link, 1), Context(link, 0));
  EXPECT_EQ(Of(link.texts[1])["continue"], false);
  EXPECT_EQ(Of(link.texts[2])["voice"]["id"], "v2");
  EXPECT_NE(Context(link, 2), Context(link, 0));
}

TEST_F(CartesiaServiceTest, SkipsMessagesThatAreMalformed) {
  Begin();
  Answer("Fine.");
  ASSERT_TRUE(Until([this] { return Asked(0, 2); }));
  Link& link = vendor.links[0];
  link.Say("{not json");
  link.Say(R"({"type":"brand_new"})");
  Sound(link, Context(link, 0));
  Done(link, Context(link, 0));
  ASSERT_TRUE(Until([this] { return Count<TTSStoppedFrame>() == 1; }));

  EXPECT_EQ(vendor.links.size(), 1u);
  EXPECT_THAT(Errors(), IsEmpty());
}

TEST_F(CartesiaServiceTest, JoinsTheCharactersOfJapanese) {
  options.settings = {{"language", "ja"}};
  Begin();
  Answer("\u306f\u3044\u3002");
  ASSERT_TRUE(Until([this] { return Asked(0, 2); }));
  Link& link = vendor.links[0];
  Words(link, Context(link, 0), {"\u306f", "\u3044", "\u3002"});
  Sound(link, Context(link, 0));
  Done(link, Context(link, 0));
  ASSERT_TRUE(Until([this] { return Count<TTSStoppedFrame>() == 1; }));

  EXPECT_THAT(Spoken(), ElementsAre("\u306f", "\u3044\u3002"));
  EXPECT_TRUE(testing::Frames<TTSTextFrame>(rig->downstream())[0]->includes_inter_frame_spaces);
}

TEST_F(CartesiaServiceTest, TellsTheProgramHowItsLinkIs) {
  Begin();
  std::vector<std::string> told;
  tts->on_connected.Connect([&] { told.emplace_back("connected"); });
  tts->on_disconnected.Connect([&] { told.emplace_back("disconnected"); });
  tts->on_connection_error.Connect([&](const std::string&) { told.emplace_back("error"); });
  ASSERT_TRUE(Until([&] { return told.size() == 1; }));
  vendor.links[0].Say(R"({"type":"error","status_code":500,"title":"Out of order"})");
  ASSERT_TRUE(Until([&] { return told.size() == 2; }));
  vendor.links[0].socket->Close(kWebSocketNormal, "timeout");
  ASSERT_TRUE(Until([&] { return told.size() == 4; }));
  rig->Push(Make<EndFrame>());
  ASSERT_TRUE(Until([&] { return told.size() == 5; }));

  EXPECT_THAT(told, ElementsAre("connected", "error", "disconnected", "connected", "disconnected"));
}

TEST_F(CartesiaServiceTest, ClosesItsLinkInOrderAtTheEnd) {
  Begin();
  ASSERT_TRUE(Until([this] { return vendor.links.size() == 1 && vendor.links[0].socket->open(); }));
  rig->Push(Make<EndFrame>());
  ASSERT_TRUE(Until([this] { return Count<EndFrame>() == 1 && vendor.links[0].closed; }));

  EXPECT_EQ(vendor.links[0].closed->code, kWebSocketNormal);
}

TEST_F(CartesiaServiceTest, SaysWhatIsMissing) {
  options.settings = {{"voice", nullptr}};
  Begin();
  ASSERT_TRUE(Until([this] { return !Errors().empty(); }));

  EXPECT_THAT(Errors()[0]->error, HasSubstr("CARTESIA_VOICE_ID"));
  EXPECT_THAT(vendor.links, IsEmpty());
}

}  // namespace
}  // namespace repartee
