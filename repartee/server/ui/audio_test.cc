// The sound of a conversation: what there is, ranges of its bytes, its peaks.
#include <openssl/sha.h>

#include "repartee/audio/wav.h"
#include "repartee/server/api/recording_retention.h"
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

constexpr int kRate = 8'000;
constexpr std::uint64_t kSecond = 1'000'000'000;

std::string Hash(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

class AudioTest : public ::testing::Test {
 protected:
  void SetUp() override {
    TestSpan turn{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(2), .name = "turn-1"};
    turn.start_ns += 2 * kSecond;
    turn.end_ns = turn.start_ns + kSecond;
    turn.integers = {{"turn.number", 1}};
    TestSpan marked{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(3), .name = "root"};
    marked.integers = {
        {"audio.start_time_unix_nano", static_cast<std::int64_t>(marked.start_ns + kSecond / 2)}};
    ui_.Send({turn, marked});
    id_ = TraceId::FromBytes(TraceIdOf(1))->Hex();
    start_ms_ = static_cast<double>(TestSpan().start_ns) / 1e6;
  }
  // Announces, and uploads unless told otherwise; the recording's id.
  std::string Add(const std::string& bytes, const std::string& type, std::uint64_t span = 0,
                  const std::string& field = "metadata", bool upload = true) {
    MediaRecord record{.id = MediaIdOf(Hash(bytes)), .sha256 = Hash(bytes), .content_type = type};
    record.content_length = static_cast<std::int64_t>(bytes.size());
    const ProjectKey project = ui_.kit().project();
    const std::string place = span == 0 ? "" : SpanIdHex(*SpanIdFromBytes(SpanIdOf(span)));
    EXPECT_TRUE(ui_.media().Announce(project, record, {id_, place, field}).ok());
    const Status uploaded = upload ? ui_.media().Upload(project, record.id, bytes) : OkStatus();
    EXPECT_TRUE(uploaded.ok()) << uploaded;
    return record.id;
  }
  // A second: the caller is loud in its first half, the bot, half as loud, in its second.
  static std::string Stereo() {
    std::vector<std::int16_t> samples(2 * kRate);
    for (std::size_t i = 0; i < kRate; ++i) {
      const int sign = i % 2 == 0 ? 1 : -1;
      samples[2 * i] = static_cast<std::int16_t>(i < kRate / 2 ? 32'000 * sign : 0);
      samples[2 * i + 1] = static_cast<std::int16_t>(i < kRate / 2 ? 0 : 16'000 * sign);
    }
    return EncodeWav(samples, kRate, 2);
  }
  Json Recordings() { return ui_.GetJson("/api/ui/conversations/" + id_ + "/audio")["recordings"]; }

  UiKit ui_;
  std::string id_;
  double start_ms_ = 0;
};

TEST_F(AudioTest, TellsWhatThereIsAndWhereItBegins) {
  EXPECT_EQ(Recordings().size(), 0u);
  Add(Stereo(), "audio/wav");
  Add(EncodeWav(std::vector<std::int16_t>(kRate), kRate, 1), "audio/wav", 2, "input");
  Add(EncodeWav(std::vector<std::int16_t>(kRate / 2), kRate, 1), "audio/wav", 3, "output");
  Add("no sound", "image/png");

  std::map<std::string, Json> lanes;
  const Json recordings = Recordings();
  for (const Json& one : recordings) lanes[one["lane"]] = one;

  ASSERT_EQ(recordings.size(), 3u);
  EXPECT_EQ(lanes["both"]["channels"], 2);
  EXPECT_EQ(lanes["both"]["rate"], kRate);
  EXPECT_EQ(lanes["both"]["duration"], 1'000);
  EXPECT_EQ(lanes["both"]["start"], start_ms_);
  EXPECT_EQ(lanes["caller"]["start"], start_ms_ + 2'000);
  EXPECT_EQ(lanes["bot"]["start"], start_ms_ + 500);
}

TEST_F(AudioTest, AnAnnouncedRecordingIsPendingUntilItsBytesAreHere) {
  const std::string bytes = Stereo();
  const std::string id = Add(bytes, "audio/wav", 0, "metadata", false);
  const std::string url = "/api/ui/conversations/" + id_ + "/audio/" + id;

  EXPECT_EQ(Recordings().at(0)["uploaded"], false);
  EXPECT_EQ(ui_.Get(url).status, 404);
  ASSERT_TRUE(ui_.media().Upload(ui_.kit().project(), id, bytes).ok());
  EXPECT_EQ(Recordings().at(0)["uploaded"], true);
  EXPECT_EQ(ui_.Get(url).body, bytes);
}

TEST_F(AudioTest, TheBytesThatHaveArrivedAreToldUntilAllAreHere) {
  const std::string bytes = Stereo();
  const std::string id = Add(bytes, "audio/wav", 0, "metadata", false);
  EXPECT_TRUE(Recordings().at(0)["received"].is_null());

  ui_.media().NoteProgress(ui_.kit().project(), id, 1'000);

  EXPECT_EQ(Recordings().at(0)["received"], 1'000);
  ASSERT_TRUE(ui_.media().Upload(ui_.kit().project(), id, bytes).ok());
  EXPECT_TRUE(Recordings().at(0)["received"].is_null());
}

TEST_F(AudioTest, TheListIsFilteredByRecordingsThatAreHere) {
  const std::string bytes = Stereo();
  const std::string id = Add(bytes, "audio/wav", 0, "metadata", false);
  EXPECT_EQ(ui_.GetJson("/api/ui/conversations?audio=true")["total"], 0);

  ASSERT_TRUE(ui_.media().Upload(ui_.kit().project(), id, bytes).ok());

  EXPECT_EQ(ui_.GetJson("/api/ui/conversations?audio=true")["rows"].size(), 1u);
  EXPECT_EQ(ui_.GetJson("/api/ui/facets")["audio"], 1);
  EXPECT_EQ(ui_.GetJson("/api/ui/facets?audio=true&score=none")["total"], 0);
  EXPECT_EQ(ui_.Get("/api/ui/conversations?audio=perhaps").status, 400);
}

TEST_F(AudioTest, RecordingsMayBeKeptShorterThanTheirCalls) {
  const std::string bytes = Stereo();
  const std::string id = Add(bytes, "audio/wav");
  HttpHeaders headers;
  headers.Set("X-CSRF-Token", ui_.GetJson("/api/ui/session").value("csrf_token", ""));
  const auto change = [&](const Json& body) {
    return ui_.Send("PATCH", "/api/ui/retention", body, headers).status;
  };

  EXPECT_EQ(change({{"recording_days", 2}}), 400);
  EXPECT_EQ(change(Json::object()), 400);
  EXPECT_EQ(change({{"recording_days", 30}}), 200);

  const Json retention = ui_.GetJson("/api/ui/retention");
  EXPECT_EQ(retention["recording_days"], 30);
  EXPECT_EQ(retention["recordings"]["count"], 1);
  EXPECT_EQ(retention["recordings"]["bytes"], bytes.size());
  EXPECT_EQ(retention["freed_recordings"]["count"], 0);
  EXPECT_EQ(ui_.Send("PATCH", "/api/ui/retention", {{"recording_days", 30}}).status, 403);

  const auto forget = [&](std::int64_t days_later) {
    const std::int64_t now_ns = Clock::System().WallNow().count() + days_later * 86'400 * 1'000'000'000;
    return ForgetOldRecordings(ui_.kit().config(), ui_.media(), ui_.kit().keys().projects(), now_ns);
  };
  ASSERT_TRUE(forget(29).ok());
  EXPECT_EQ(Recordings().size(), 1u);
  ASSERT_TRUE(forget(33).ok());
  EXPECT_EQ(Recordings().size(), 0u);
  EXPECT_EQ(ui_.GetJson("/api/ui/conversations")["rows"].size(), 1u);

  EXPECT_EQ(change({{"recording_days", nullptr}}), 200);
  EXPECT_TRUE(ui_.GetJson("/api/ui/retention")["recording_days"].is_null());
}

TEST_F(AudioTest, BytesComeByRange) {
  const std::string bytes = Stereo();
  const std::string url = "/api/ui/conversations/" + id_ + "/audio/" + Add(bytes, "audio/wav");

  const HttpResponse part = ui_.Get(url, {{"Range", "bytes=100-199"}});
  const HttpResponse beyond = ui_.Get(url, {{"Range", "bytes=99999999-"}});

  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, bytes.substr(100, 100));
  EXPECT_EQ(part.headers.Get("content-range"), "bytes 100-199/" + std::to_string(bytes.size()));
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(ui_.Get(url).headers.Get("accept-ranges"), "bytes");
}

TEST_F(AudioTest, PeaksFollowWhatIsHeardInEachChannel) {
  const std::string url = "/api/ui/conversations/" + id_ + "/audio/" + Add(Stereo(), "audio/wav") + "/peaks";

  const Json peaks = ui_.GetJson(url + "?bins=10");

  EXPECT_EQ(peaks["step"], 100);
  ASSERT_EQ(peaks["channels"].size(), 2u);
  const std::string caller = *Base64Decode(peaks["channels"][0].get<std::string>());
  const std::string bot = *Base64Decode(peaks["channels"][1].get<std::string>());
  ASSERT_EQ(caller.size(), 20u);
  EXPECT_EQ(static_cast<int>(static_cast<signed char>(caller[0])), -125);
  EXPECT_EQ(static_cast<int>(caller[1]), 125);
  EXPECT_EQ(static_cast<int>(caller[11]), 0);
  EXPECT_EQ(static_cast<int>(bot[1]), 0);
  EXPECT_EQ(static_cast<int>(bot[19]), 62);
  EXPECT_EQ(ui_.GetJson(url + "?from=500&to=600&bins=4")["channels"][1].get<std::string>().size(), 12u);
  EXPECT_EQ(ui_.Get(url + "?bins=0").status, 400);
}

TEST_F(AudioTest, PeaksKeepTheTimeOfRatesThatAreNoMultipleOfTheStep) {
  for (const int rate : {11'025, 22'050, 44'100, 8'000}) {
    // Two minutes of silence and a click that ends it.
    std::vector<std::int16_t> samples(static_cast<std::size_t>(rate) * 120);
    samples.back() = 32'000;
    const std::string url =
        "/api/ui/conversations/" + id_ + "/audio/" + Add(EncodeWav(samples, rate, 1), "audio/wav") + "/peaks";

    const Json peaks = ui_.GetJson(url + "?from=119900&to=120000&bins=10");

    const std::string click = *Base64Decode(peaks["channels"][0].get<std::string>());
    ASSERT_EQ(click.size(), 20u) << rate;
    EXPECT_EQ(static_cast<int>(click[19]), 125) << rate;
    EXPECT_EQ(static_cast<int>(click[17]), 0) << rate;
  }
}

TEST_F(AudioTest, WhatIsNoWavFileIsPlayedWithoutAPicture) {
  const std::string id = Add("OggS and more", "audio/ogg");
  const std::string url = "/api/ui/conversations/" + id_ + "/audio/" + id;

  EXPECT_TRUE(Recordings().at(0)["duration"].is_null());
  EXPECT_EQ(ui_.Get(url).headers.Get("content-type"), "audio/ogg");
  const HttpResponse peaks = ui_.Get(url + "/peaks");
  EXPECT_EQ(peaks.status, 422);
  EXPECT_THAT(peaks.body, HasSubstr("WAV"));
}

TEST_F(AudioTest, RecordingsOfOtherConversationsAreNotShown) {
  const std::string id = Add(Stereo(), "audio/wav");
  ui_.Send({{.trace_id = TraceIdOf(9), .span_id = SpanIdOf(9), .name = "other"}});
  const std::string other = TraceId::FromBytes(TraceIdOf(9))->Hex();

  EXPECT_EQ(ui_.GetJson("/api/ui/conversations/" + other + "/audio")["recordings"].size(), 0u);
  EXPECT_EQ(ui_.Get("/api/ui/conversations/" + other + "/audio/" + id).status, 404);
}

}  // namespace
}  // namespace repartee::server::testing
