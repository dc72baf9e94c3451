// Recordings from the frames of a conversation to what a media server gets.
#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <mutex>
#include <optional>

#include "repartee/audio/wav.h"
#include "repartee/base/json.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/net/http_server.h"
#include "repartee/otel/folder_for_test.h"
#include "repartee/tracing/recording_track.h"
#include "repartee/tracing/recording_upload.h"
#include "repartee/tracing/recordings.h"
#include "repartee/tracing/traced_task_for_test.h"

namespace repartee {
namespace {

using otel::FolderForTest;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TracedTask;

std::vector<std::int16_t> Constant(std::size_t count, std::int16_t value) {
  return std::vector<std::int16_t>(count, value);
}

TEST(RecordingTrack, PutsSoundWhereItWasHeardAndSilenceBetween) {
  RecordingTrack track(1000);
  ASSERT_TRUE(track.Add(Constant(100, 1), 1000, milliseconds(200)).ok());
  ASSERT_TRUE(track.Add(Constant(100, 2), 1000, milliseconds(500)).ok());

  const auto sound = track.Take(600);

  EXPECT_THAT(std::vector(sound.begin(), sound.begin() + 100), Each(0));
  EXPECT_THAT(std::vector(sound.begin() + 100, sound.begin() + 200), Each(1));
  EXPECT_THAT(std::vector(sound.begin() + 200, sound.begin() + 400), Each(0));
  EXPECT_THAT(std::vector(sound.begin() + 400, sound.begin() + 500), Each(2));
  EXPECT_THAT(std::vector(sound.begin() + 500, sound.end()), Each(0));
}

TEST(RecordingTrack, TakesALateTimerForNoGap) {
  RecordingTrack track(1000);
  ASSERT_TRUE(track.Add(Constant(100, 1), 1000, milliseconds(100)).ok());
  ASSERT_TRUE(track.Add(Constant(100, 1), 1000, milliseconds(230)).ok());

  EXPECT_THAT(track.Take(200), Each(1));
}

TEST(RecordingTrack, KeepsItsPlaceThroughAnotherRate) {
  RecordingTrack track(16000);
  for (int i = 1; i <= 10; ++i)
    ASSERT_TRUE(track.Add(Constant(480, 8000), 24000, milliseconds(1000 + 20 * i)).ok());
  track.Rest();

  const auto sound = track.Take(track.held());

  EXPECT_NEAR(static_cast<double>(sound.size()), 1.2 * 16000, 20);
  EXPECT_THAT(std::vector(sound.begin(), sound.begin() + 15900), Each(0));
  EXPECT_NEAR(sound[static_cast<std::size_t>(1.1 * 16000)], 8000, 100);
}

TEST(CutTurn, LeavesTheSilenceAroundOut) {
  std::vector<std::int16_t> stereo(2 * 4 * kRecordingRate, 0);
  for (std::size_t i = kRecordingRate; i < 2 * kRecordingRate; ++i) stereo[2 * i + 1] = 5;

  EXPECT_THAT(CutTurn(stereo, 1, Nanos(0), seconds(3)), SizeIs(kRecordingRate));
  EXPECT_THAT(CutTurn(stereo, 0, Nanos(0), seconds(4)), IsEmpty());
  EXPECT_THAT(CutTurn(stereo, 1, seconds(3), seconds(90)), IsEmpty());
}

// Takes media as a server does.
class MediaServer {
 public:
  MediaServer() {
    auto server = HttpServer::Listen(Options(), [this](HttpRequest request, HttpResponder responder) {
      responder.Send(Answer(std::move(request)));
    });
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~MediaServer() { server_->Stop(milliseconds(0)); }

  otel::OtlpOptions target() const { return {.url = base() + "/v1/traces"}; }
  // The sound of a span's field.
  WavAudio Sound(const std::string& span, const std::string& field) {
    const std::lock_guard lock(mutex_);
    auto sound = ParseWav(bodies_[span + " " + field], span);
    EXPECT_TRUE(sound.ok()) << span << " " << field << " " << sound.status();
    return sound.ok() ? *std::move(sound) : WavAudio();
  }

 private:
  static HttpServerOptions Options() {
    HttpServerOptions options;
    options.max_body_bytes = 64 << 20;
    return options;
  }
  std::string base() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  HttpResponse Answer(HttpRequest request) {
    const std::lock_guard lock(mutex_);
    if (request.method == "POST") {
      const Result<Json> said = ParseJson(request.body);
      if (!said.ok()) return HttpResponse::Text(400, "");
      announced_ = said->value("observationId", "") + " " + said->value("field", "");
      return HttpResponse::Json(201, Json{{"mediaId", "m"}, {"uploadUrl", base() + "/put"}}.dump());
    }
    if (request.method == "PUT") bodies_[announced_] = std::move(request.body);
    return HttpResponse::Text(200, "");
  }

  std::mutex mutex_;
  std::string announced_;                      // guarded by mutex_, as the next
  std::map<std::string, std::string> bodies_;  // by span and field
  std::unique_ptr<HttpServer> server_;
};

class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() {
    auto made = Recordings::Create(server_.target());
    EXPECT_TRUE(made.ok()) << made.status();
    recordings_ = *std::move(made);
    task_.emplace(TracingParams{}, TracedTask::Options(), false, std::vector<FrameProcessor*>{}, recordings_);
  }
  void UserSpeaks(int pieces) {
    for (int i = 0; i < pieces; ++i) {
      task_->rig->Wait(milliseconds(20));
      task_->Push<InputAudioRawFrame>(AudioBuffer::Copy(Constant(320, 1000)), 16000, 1);
    }
  }
  // As an output transport does, which passes a piece on when it was played.
  void BotSpeaks(int pieces) {
    task_->output.StartSpeaking();
    for (int i = 0; i < pieces; ++i) {
      task_->rig->Wait(milliseconds(20));
      task_->Push<TTSAudioRawFrame>(AudioBuffer::Copy(Constant(320, 2000)), 16000, 1, "c");
    }
    task_->output.StopSpeaking();
  }
  // Where a channel of a stereo sound is not silent, in milliseconds.
  static std::pair<double, double> Heard(const WavAudio& stereo, std::size_t channel) {
    std::optional<std::size_t> first;
    std::size_t last = 0;
    for (std::size_t i = 0; 2 * i < stereo.samples.size(); ++i) {
      if (stereo.samples[2 * i + channel] == 0) continue;
      if (!first) first = i;
      last = i + 1;
    }
    return {static_cast<double>(first.value_or(0)) / 16.0, static_cast<double>(last) / 16.0};
  }

  MediaServer server_;
  std::shared_ptr<Recordings> recordings_;
  std::optional<TracedTask> task_;
};

TEST_F(RecordingTest, BringsTheConversationAndEachTurnToTheServer) {
  const Nanos first_word = task_->wall();
  task_->UserStarts();
  UserSpeaks(100);
  task_->UserFallsSilent();
  task_->rig->Wait(seconds(1));
  BotSpeaks(150);
  task_->rig->Wait(seconds(1));
  task_->UserStarts();
  UserSpeaks(50);
  task_->UserFallsSilent();
  task_->Finish();
  const otel::SpanData* conversation = task_->Find("conversation");
  ASSERT_NE(conversation, nullptr);
  ASSERT_NE(task_->Find("turn-2"), nullptr);

  EXPECT_TRUE(recordings_->Finish(seconds(10)));

  EXPECT_EQ(recordings_->uploaded(), 4);
  const WavAudio whole = server_.Sound(conversation->context.span_id.ToHex(), "metadata");
  EXPECT_EQ(whole.channels, 2);
  const auto length = ToSeconds(conversation->end - conversation->start);
  EXPECT_NEAR(static_cast<double>(whole.samples.size()) / 2 / kRecordingRate, length, 0.1);
  const double begin = ToSeconds(first_word - conversation->start) * 1000;
  EXPECT_NEAR(Heard(whole, 0).first, begin, 25);
  EXPECT_NEAR(Heard(whole, 0).second, length * 1000, 25);
  EXPECT_NEAR(Heard(whole, 1).first, begin + 3000, 25);
  EXPECT_NEAR(Heard(whole, 1).second, begin + 6000, 25);
  const std::string turn_1 = task_->Find("turn-1")->context.span_id.ToHex();
  EXPECT_NEAR(static_cast<double>(server_.Sound(turn_1, "input").samples.size()), 2 * kRecordingRate, 800);
  EXPECT_NEAR(static_cast<double>(server_.Sound(turn_1, "output").samples.size()), 3 * kRecordingRate, 800);
  const std::string turn_2 = task_->Find("turn-2")->context.span_id.ToHex();
  EXPECT_NEAR(static_cast<double>(server_.Sound(turn_2, "input").samples.size()), kRecordingRate, 4000);
}

TEST_F(RecordingTest, AConversationWithoutSoundLeavesNothing) {
  task_->Finish();

  EXPECT_TRUE(recordings_->Finish(seconds(10)));
  EXPECT_EQ(recordings_->uploaded(), 0);
}

TEST(Recordings, SayThatGrpcCarriesNone) {
  otel::OtlpOptions options;
  options.protocol = otel::OtlpProtocol::kGrpc;

  const auto made = Recordings::Create(options);

  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.status().message(), ::testing::HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL"));
}

TEST(Recordings, AServerThatTakesNoMediaCostsOneLineAndNoWait) {
  auto made = Recordings::Create({.url = "http://127.0.0.1:9/v1/traces"});
  ASSERT_TRUE(made.ok());
  const std::shared_ptr<Recording> recording = (*made)->Begin();
  recording->Add(Constant(3200, 5));
  recording->Finish({});

  EXPECT_FALSE((*made)->Finish(milliseconds(300)));
}

TEST(RecordingUpload, BringsWhatTheProgramsOwnEncoderMakes) {
  const FolderForTest folder;
  const std::string path = folder.Path("a.wav");
  auto file = WavWriter::Create(path, kRecordingRate, 2);
  ASSERT_TRUE(file.ok() && file->Write(Constant(2 * kRecordingRate, 100)).ok() && file->Close().ok());
  RecordedConversation conversation;
  conversation.turns.push_back({.span = {}, .begin = Nanos(0), .end = milliseconds(500)});
  const RecordingFormat format{
      .content_type = "audio/ogg",
      .encode = [](std::span<const std::int16_t> samples, int rate_hz, int channels) {
        return Result<std::string>(fmt::format("{} {} {}", samples.size(), rate_hz, channels));
      }};

  const auto media = MediaOf(path, conversation, format);

  ASSERT_TRUE(media.ok()) << media.status();
  ASSERT_THAT(*media, SizeIs(3));
  EXPECT_EQ(media->front().bytes, "32000 16000 2");
  EXPECT_EQ(media->back().bytes, "8000 16000 1");
  for (const Medium& medium : *media) EXPECT_EQ(medium.content_type, "audio/ogg");
}

TEST(RecordingUpload, SaysThatTheEncoderFailed) {
  const FolderForTest folder;
  const std::string path = folder.Path("a.wav");
  auto file = WavWriter::Create(path, kRecordingRate, 2);
  ASSERT_TRUE(file.ok() && file->Write(Constant(3200, 100)).ok() && file->Close().ok());
  const RecordingFormat format{.encode = [](std::span<const std::int16_t>, int, int) {
    return Result<std::string>(Status::Internal("no encoder"));
  }};

  EXPECT_EQ(MediaOf(path, {}, format).status().message(), "no encoder");
}

// A recording's file is no larger than servers take.
TEST(RecordingUpload, MakesALongRecordingNarrowerToKeepItWhole) {
  const FolderForTest folder;
  const std::string path = folder.Path("long.wav");
  auto file = WavWriter::Create(path, kRecordingRate, 2);
  ASSERT_TRUE(file.ok());
  const auto minute = Constant(2 * 60 * kRecordingRate, 100);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(file->Write(minute).ok());
  ASSERT_TRUE(file->Close().ok());

  const auto media = MediaOf(path, {});

  ASSERT_TRUE(media.ok()) << media.status();
  EXPECT_LT(media->front().bytes.size(), std::size_t{60} << 20);
  const auto sound = ParseWav(media->front().bytes, "long");
  ASSERT_TRUE(sound.ok()) << sound.status();
  EXPECT_EQ(sound->rate_hz, 8000);
  EXPECT_NEAR(static_cast<double>(sound->samples.size()) / 16000, 1200, 0.1);
}

}  // namespace
}  // namespace repartee
