#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <mutex>

#include "repartee/frames/llm_frames.h"
#include "repartee/net/http_server.h"
#include "repartee/services/openai/stt_service.h"
#include "repartee/services/openai/tts_service.h"
#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr const char* kKey = "sk-test-0001";

// Plays one answer a request, in order, and keeps what it was asked.
class Vendor {
 public:
  Vendor() {
    auto server = HttpServer::Listen({}, [this](HttpRequest request, HttpResponder responder) {
      const std::lock_guard lock(mutex_);
      requests_.push_back(std::move(request));
      HttpResponse answer = HttpResponse::Text(500, "nothing left to say");
      if (!answers_.empty()) {
        answer = std::move(answers_.front());
        answers_.pop_front();
      }
      if (answer.status != 0) return responder.Send(std::move(answer));
      auto stream = responder.StartStream(200, {});
      stream->Write(answer.body);
      open_.push_back(std::move(stream));
    });
    server_ = *std::move(server);
  }
  ~Vendor() { server_->Stop(0ms); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/"; }
  // Status 0: the body comes and the answer does not end.
  void Add(int status, std::string body) {
    const std::lock_guard lock(mutex_);
    answers_.push_back({.status = status, .headers = {}, .body = std::move(body)});
  }
  std::vector<HttpRequest> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  bool first_stream_open() {
    const std::lock_guard lock(mutex_);
    return open_.front()->open();
  }

 private:
  std::mutex mutex_;  // guards all but the server
  std::deque<HttpResponse> answers_;
  std::vector<HttpRequest> requests_;
  std::vector<std::shared_ptr<HttpStream>> open_;
  std::unique_ptr<HttpServer> server_;
};

class OpenAISpeechTest : public ::testing::Test {
 protected:
  void BeginHearing() {
    OpenAISTTOptions options;
    options.http.base_url = vendor.url();
    options.http.api_key = kKey;
    options.settings = {{"language", "en"}};
    Run(std::make_unique<OpenAISTTService>(std::move(options)));
  }
  void BeginSpeaking() {
    OpenAITTSOptions options;
    options.http.base_url = vendor.url();
    options.http.api_key = kKey;
    Run(std::make_unique<OpenAITTSService>(std::move(options)));
  }
  void Run(std::unique_ptr<FrameProcessor> processor) {
    service = std::move(processor);
    rig = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{service.get()}, testing::WithMetrics(),
                                         EventLoop::Time::kReal);
  }
  // Half a second of speech, as the VAD hears it.
  void Say() {
    rig->Push(Make<VADUserStartedSpeakingFrame>(0.2, ToSeconds(rig->loop().wall_now())));
    for (int i = 0; i < 25; ++i) rig->Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
    rig->Push(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(rig->loop().wall_now())));
  }
  void Answer(const std::string& text) {
    rig->Push(Make<LLMFullResponseStartFrame>());
    rig->Push(Make<LLMTextFrame>(text));
    rig->Push(Make<LLMFullResponseEndFrame>());
  }
  // What happens on the server's thread does not wake the loop: it is looked at every few milliseconds.
  bool Until(const std::function<bool()>& done) {
    const Nanos limit = rig->loop().now() + 20s;
    while (!done() && rig->loop().now() < limit) rig->loop().RunFor(2ms);
    return done();
  }
  template <class F>
  std::size_t Count() const {
    return testing::Frames<F>(rig->downstream()).size();
  }
  std::size_t SoundBytes() const {
    std::size_t bytes = 0;
    for (const auto* frame : testing::Frames<TTSAudioRawFrame>(rig->downstream()))
      bytes += frame->audio.size();
    return bytes;
  }
  std::vector<const ErrorFrame*> Errors() const { return testing::Frames<ErrorFrame>(rig->upstream()); }

  Vendor vendor;
  std::unique_ptr<FrameProcessor> service;
  std::unique_ptr<testing::Rig> rig;
};

TEST_F(OpenAISpeechTest, HearsAnUtterance) {
  vendor.Add(200, R"({"text":" What time is it? "})");
  BeginHearing();
  Say();
  ASSERT_TRUE(Until([this] { return Count<TranscriptionFrame>() == 1; }));

  EXPECT_EQ(testing::Frames<TranscriptionFrame>(rig->downstream())[0]->text, "What time is it?");
  const HttpRequest request = vendor.requests()[0];
  EXPECT_EQ(request.path, "/v1/audio/transcriptions");
  EXPECT_EQ(request.headers.Get("Authorization"), std::string("Bearer ") + kKey);
  EXPECT_THAT(request.headers.Get("Content-Type"), ::testing::StartsWith("multipart/form-data; boundary="));
  EXPECT_THAT(request.body, HasSubstr("gpt-4o-transcribe"));
  EXPECT_THAT(testing::Measured<STTUsageMetricsData>(rig->downstream()), SizeIs(1));
}

TEST_F(OpenAISpeechTest, AsksAgainWhenTheServerIsBusy) {
  vendor.Add(503, "busy");
  vendor.Add(200, R"({"text":"Again."})");
  BeginHearing();
  Say();
  ASSERT_TRUE(Until([this] { return Count<TranscriptionFrame>() == 1; }));

  EXPECT_THAT(vendor.requests(), SizeIs(2));
  EXPECT_THAT(Errors(), IsEmpty());
}

TEST_F(OpenAISpeechTest, TellsOfAnAnswerThatIsNone) {
  vendor.Add(200, "<html>");
  BeginHearing();
  Say();
  ASSERT_TRUE(Until([this] { return !Errors().empty(); }));

  EXPECT_THAT(Errors()[0]->error, HasSubstr("openai"));
  EXPECT_EQ(Count<TranscriptionFrame>(), 0u);
}

TEST_F(OpenAISpeechTest, SpeaksASentence) {
  vendor.Add(200, std::string(48001, '\1'));
  BeginSpeaking();
  Answer("Hello there.");
  ASSERT_TRUE(Until([this] { return Count<LLMFullResponseEndFrame>() == 1; }));

  EXPECT_EQ(SoundBytes(), 48002u) << "half a sample is made whole";
  EXPECT_EQ(Count<TTSStartedFrame>(), 1u);
  EXPECT_EQ(Count<TTSStoppedFrame>(), 1u);
  EXPECT_EQ(testing::Frames<TTSTextFrame>(rig->downstream())[0]->text, "Hello there.");
  EXPECT_EQ(testing::Frames<TTSAudioRawFrame>(rig->downstream())[0]->sample_rate, 24000);
  EXPECT_EQ(vendor.requests()[0].path, "/v1/audio/speech");
  EXPECT_EQ(vendor.requests()[0].body,
            R"({"input":"Hello there.","response_format":"pcm","model":"gpt-4o-mini-tts","voice":"alloy"})");
  const auto usage = testing::Measured<TTSUsageMetricsData>(rig->downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_EQ(usage[0].value, 12);
}

TEST_F(OpenAISpeechTest, ClosesTheConnectionOfSpeechThatIsInterrupted) {
  vendor.Add(0, std::string(4800, '\1'));
  BeginSpeaking();
  Answer("This goes on and on.");
  ASSERT_TRUE(Until([this] { return SoundBytes() == 4800; }));
  rig->Push(Make<InterruptionFrame>());

  EXPECT_TRUE(Until([this] { return !vendor.first_stream_open(); }));
}

TEST_F(OpenAISpeechTest, IsOfNoUseWithAWrongKeyAndNeverShowsIt) {
  vendor.Add(401, R"({"error":{"message":"Incorrect API key provided: sk-test-0001"}})");
  BeginSpeaking();
  Answer("Nobody hears this.");
  ASSERT_TRUE(Until([this] { return !Errors().empty() && Count<LLMFullResponseEndFrame>() == 1; }));

  ASSERT_THAT(Errors(), SizeIs(1));
  EXPECT_EQ(Errors()[0]->category, ErrorCategory::kAuthentication);
  EXPECT_THAT(Errors()[0]->error, Not(HasSubstr(kKey)));
  EXPECT_EQ(Count<TTSTextFrame>(), 0u);
  EXPECT_THAT(testing::Measured<TTSUsageMetricsData>(rig->downstream()), IsEmpty());
}

}  // namespace
}  // namespace repartee
