// Calls of each telephone company, in virtual time: the messages are those that the companies document.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>

#include "repartee/agent/agent_for_test.h"
#include "repartee/agent/client_conversation.h"
#include "repartee/base/encoding.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Company {
  std::string name;
  TelephonyCompany company;
  std::vector<std::string> opening;  // the last tells whose call it is
  std::string pressed;               // "5", with DIGIT in its place
  std::string stop;                  // empty: the connection ends
  std::string stream;                // in each message of ours; empty: in none
  std::string cleared;               // in the message that drops what waits to be played
  std::size_t bytes_per_second;      // of sound
};

void PrintTo(const Company& company, std::ostream* out) { *out << company.name; }

Company Twilio() {
  return {
      "twilio",
      TelephonyCompany::kTwilio,
      {R"({"event":"connected","protocol":"Call","version":"1.0.0"})",
       R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ18ad3ab5","callSid":"CA2",
               "tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1}},
               "streamSid":"MZ18ad3ab5"})"},
      R"({"event":"dtmf","streamSid":"MZ18ad3ab5","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"DIGIT"}})",
      R"({"event":"stop","sequenceNumber":"6","streamSid":"MZ18ad3ab5","stop":{"accountSid":"AC1","callSid":"CA2"}})",
      R"("streamSid": "MZ18ad3ab5")",
      R"("event": "clear")",
      8000};
}

Company Telnyx() {
  return {
      "telnyx",
      TelephonyCompany::kTelnyx,
      {R"({"event":"connected","version":"1.0.0"})",
       R"({"event":"start","sequence_number":"1","start":{"user_id":"u1","call_control_id":"v2:T02llQxIyaRkhfRKxgAP",
               "media_format":{"encoding":"PCMA","sample_rate":8000,"channels":1}},"stream_id":"32DE0DEA"})"},
      R"({"event":"dtmf","stream_id":"32DE0DEA","sequence_number":"5","dtmf":{"digit":"DIGIT"}})",
      R"({"event":"stop","sequence_number":"6","stop":{"call_control_id":"v2:T02llQxIyaRkhfRKxgAP"},"stream_id":"32DE0DEA"})",
      "",
      R"("event": "clear")",
      8000};
}

Company Plivo() {
  return {
      "plivo",
      TelephonyCompany::kPlivo,
      {R"({"sequenceNumber":0,"event":"start","start":{"callId":"4a6a2ab8","streamId":"b77e037d","accountId":"1",
               "tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000}},"extra_headers":"{}"})"},
      R"({"event":"dtmf","sequenceNumber":2,"streamId":"b77e037d","dtmf":{"track":"inbound","digit":"DIGIT"}})",
      R"({"event":"stop","sequenceNumber":9,"streamId":"b77e037d"})",
      R"("streamId": "b77e037d")",
      R"("event": "clearAudio")",
      8000};
}

Company Exotel() {
  return {
      "exotel",
      TelephonyCompany::kExotel,
      {R"({"event":"connected"})",
       R"({"event":"start","sequence_number":1,"stream_sid":"e1f2","start":{"stream_sid":"e1f2","call_sid":"c9",
               "account_sid":"a1","from":"1","to":"2","media_format":{"encoding":"base64","sample_rate":"8000"}}})"},
      R"({"event":"dtmf","sequence_number":7,"stream_sid":"e1f2","dtmf":{"duration":"100","digit":"DIGIT"}})",
      R"({"event":"stop","sequence_number":9,"stream_sid":"e1f2","stop":{"call_sid":"c9","reason":"callended"}})",
      R"("stream_sid": "e1f2")",
      R"("event": "clear")",
      16000};
}

Company Vonage() {
  return {"vonage",
          TelephonyCompany::kVonage,
          {R"({"event":"websocket:connected","content-type":"audio/l16;rate=8000","caller":"1"})"},
          R"({"event":"websocket:dtmf","digit":"DIGIT","duration":260})",
          "",
          "",
          R"("action": "clear")",
          16000};
}

// The company's end of the connection.
struct Peer {
  WebSocketHandler handler;
  std::vector<std::string> events;  // but sound
  std::vector<std::string> sounds;  // the messages that brought it
  std::size_t sound_bytes = 0;
  std::optional<std::uint16_t> closed_with;

  void Say(const std::string& event) { handler.on_message(WebSocketKind::kText, event); }
  void Take(WebSocketKind kind, const std::string& message) {
    if (kind == WebSocketKind::kBinary) {
      sound_bytes += message.size();
      return sounds.push_back(message);
    }
    const Json event = *ParseJson(message);
    if (!event.contains("media")) return events.push_back(message);
    sounds.push_back(message);
    sound_bytes += Base64Decode(event["media"]["payload"].get<std::string>())->size();
  }
};

class PeerSocket final : public WebSocket {
 public:
  explicit PeerSocket(Peer& peer) : peer_(peer) {}
  void Start(WebSocketHandler handler) override {
    peer_.handler = std::move(handler);
    peer_.handler.on_open(HttpResponse());
  }
  Status Send(WebSocketKind kind, std::string message) override {
    peer_.Take(kind, message);
    return OkStatus();
  }
  std::size_t buffered_bytes() const override { return 0; }
  void Close(std::uint16_t code, std::string) override { peer_.closed_with = code; }
  void Abort() override {}
  bool open() const override { return !peer_.closed_with; }

 private:
  Peer& peer_;
};

class Call {
 public:
  // `hang_up_url`: the company's interface.
  explicit Call(const Company& company, std::string hang_up_url = {}) : company_(company) {
    line_.company = company.company;
    line_.base_url = std::move(hang_up_url);
    AgentSettings settings;
    settings.greeting = "Good day.";
    settings.dtmf.emplace();
    ClientConversationOptions options;
    options.enable_tracing = false;
    options.client.line = &line_;
    conversation_.emplace(loop_, testing::ScriptedServices(), std::make_unique<PeerSocket>(peer), settings,
                          std::move(options));
    conversation_->Start([this] { over = true; });
    Wait(seconds(1));
  }
  ~Call() {
    if (over) return;
    conversation_->End();
    conversation_->End();
    Wait(seconds(5));
  }

  void Wait(Nanos time) { loop_.RunFor(time); }
  void End() { conversation_->End(); }
  void Open() {
    for (const std::string& message : company_.opening) peer.Say(message);
  }
  void Press(char key) {
    std::string event = company_.pressed;
    event.replace(event.find("DIGIT"), 5, 1, key);
    peer.Say(event);
  }

  Peer peer;
  bool over = false;

 private:
  const Company company_;
  TelephonyLine line_;
  EventLoop loop_{EventLoop::Time::kVirtual};
  std::optional<ClientConversation> conversation_;
};

class TelephonyTest : public ::testing::TestWithParam<Company> {};

TEST_P(TelephonyTest, SpeaksOnlyWhenTheCompanyHasSaidWhoseCallItIs) {
  Call call(GetParam());
  EXPECT_THAT(call.peer.sounds, IsEmpty());
  call.Open();
  call.Wait(seconds(2));

  // 300 ms of speech, in whole chunks.
  EXPECT_GE(call.peer.sound_bytes, GetParam().bytes_per_second * 3 / 10);
  if (!GetParam().stream.empty()) {
    EXPECT_THAT(call.peer.sounds, Each(HasSubstr(GetParam().stream)));
  }
  EXPECT_FALSE(call.over);
}

TEST_P(TelephonyTest, AnswersKeysAndDropsWhatTheCallerIsNotToHearAnyMore) {
  Call call(GetParam());
  call.Open();
  call.Wait(milliseconds(100));  // the greeting is being spoken
  const std::size_t greeting = call.peer.sound_bytes;
  EXPECT_GT(greeting, 0U);
  call.Press('5');
  call.Press('#');
  call.Wait(seconds(6));

  EXPECT_THAT(call.peer.events, ::testing::Contains(HasSubstr(GetParam().cleared)));
  // Two sentences.
  EXPECT_GE(call.peer.sound_bytes, greeting + GetParam().bytes_per_second * 6 / 10);
}

TEST_P(TelephonyTest, EndsTheConversationWithTheCall) {
  Call call(GetParam());
  call.Open();
  call.Wait(seconds(2));
  if (GetParam().stop.empty()) {
    call.peer.closed_with = kWebSocketNormal;
    call.peer.handler.on_closed(WebSocketClosed());
  } else {
    call.peer.Say(GetParam().stop);
  }
  call.Wait(seconds(3));

  EXPECT_TRUE(call.over);
  EXPECT_EQ(call.peer.closed_with, kWebSocketNormal);
}

// The company's interface keeps silent, which may last five seconds.
TEST(Telephony, WaitsForACallToBeHungUp) {
  using boost::asio::ip::tcp;
  boost::asio::io_context io;
  const tcp::acceptor silent(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  setenv("TWILIO_ACCOUNT_SID", "AC1", 1);
  setenv("TWILIO_AUTH_TOKEN", "secret", 1);
  Call call(Twilio(), "http://127.0.0.1:" + std::to_string(silent.local_endpoint().port()));
  unsetenv("TWILIO_ACCOUNT_SID");
  unsetenv("TWILIO_AUTH_TOKEN");
  call.Open();
  call.Wait(seconds(3));

  call.End();
  call.Wait(seconds(4));
  EXPECT_EQ(call.peer.closed_with, kWebSocketNormal);
  EXPECT_FALSE(call.over);
  call.Wait(seconds(5));
  EXPECT_TRUE(call.over);
}

INSTANTIATE_TEST_SUITE_P(Companies, TelephonyTest,
                         ::testing::Values(Twilio(), Telnyx(), Plivo(), Exotel(), Vonage()),
                         [](const auto& company) { return company.param.name; });

TEST(TelephonyLine, TellsTheCompanyWhereToStreamACall) {
  TelephonyLine line;
  const auto answer = [&line](TelephonyCompany company) {
    line.company = company;
    return AnswerToCall(line, "wss://a.example/calls").body;
  };

  EXPECT_THAT(answer(TelephonyCompany::kTwilio),
              HasSubstr(R"(<Response><Connect><Stream url="wss://a.example/calls"/></Connect></Response>)"));
  EXPECT_THAT(answer(TelephonyCompany::kTelnyx), HasSubstr(R"(bidirectionalMode="rtp")"));
  EXPECT_THAT(answer(TelephonyCompany::kPlivo), HasSubstr(">wss://a.example/calls</Stream>"));
  EXPECT_EQ(*ParseJson(answer(TelephonyCompany::kExotel)), Json({{"url", "wss://a.example/calls"}}));
  const Json actions = *ParseJson(answer(TelephonyCompany::kVonage));
  EXPECT_EQ(actions.at(0).at("endpoint").at(0).at("uri"), "wss://a.example/calls");
}

TEST(TelephonyLine, HangsUpWithTheCredentialsOfTheEnvironment) {
  setenv("TELNYX_API_KEY", "KEY", 1);
  TelephonyLine line;
  line.company = TelephonyCompany::kTelnyx;
  line.base_url = "http://127.0.0.1:1";
  EXPECT_TRUE(CheckHangUp(line).ok());
  const auto serializer = NewTelephonySerializer(line);
  ASSERT_TRUE(serializer->SetUp(16000, 8000).ok());
  EXPECT_FALSE(serializer->HangUp());
  ASSERT_TRUE(serializer->Deserialize(WireMessageKind::kText, Telnyx().opening[1]).ok());

  ASSERT_TRUE(serializer->HangUp());
  EXPECT_THAT(serializer->HangUp()->target, ::testing::StartsWith("http://127.0.0.1:1/v2/calls/v2%3AT02"));
  line.hang_up = false;
  EXPECT_FALSE(CheckHangUp(line).ok());
  unsetenv("TELNYX_API_KEY");
  line.hang_up = true;
  EXPECT_THAT(CheckHangUp(line).message(), HasSubstr("TELNYX_API_KEY"));
}

}  // namespace
}  // namespace repartee
