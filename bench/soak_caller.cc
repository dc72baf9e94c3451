#include "bench/soak_caller.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "repartee/rtvi/protocol.h"
#include "repartee/transports/serializers/protobuf_protocol.h"

namespace repartee::bench {
namespace {

constexpr Nanos kFrame = std::chrono::milliseconds(20);
constexpr Nanos kVoice = std::chrono::milliseconds(800);  // of each question
constexpr Nanos kCallAgain = std::chrono::milliseconds(200);
constexpr int kRateHz = 16000;
constexpr std::size_t kSamples = 320;

std::string EncodeSound(std::int16_t level) {
  const std::vector<std::int16_t> samples(kSamples, level);
  const std::string_view pcm(reinterpret_cast<const char*>(samples.data()), 2 * kSamples);
  return EncodeWireFrame({.kind = WireFrame::Kind::kAudio,
                          .name = "audio",
                          .audio = pcm,
                          .sample_rate = kRateHz,
                          .num_channels = 1});
}

}  // namespace

SoakCaller::SoakCaller(EventLoop& loop, const std::string& url, SoakPace pace, SoakTally& tally)
    : loop_(loop), url_(url), pace_(pace), tally_(tally), tick_(loop, [this] { Tick(); }) {}

void SoakCaller::Stop() {
  tick_.Disarm();
  HangUp();
}

void SoakCaller::Tick() {
  const Nanos now = loop_.clock().MonotonicNow();
  if (std::exchange(saying_goodbye_, false)) socket_.reset();
  if (!socket_) {
    Connect();
    called_at_ = next_ = now;
  } else if (now - called_at_ > pace_.conversation) {
    HangUp();
    return tick_.Arm(kCallAgain);
  }
  if (open_) Say((now - called_at_) % pace_.question < kVoice);
  next_ += kFrame;
  tick_.ArmAt(next_);
}

void SoakCaller::Connect() {
  ++tally_.conversations;
  WebSocketRequest request;
  request.url = url_;
  socket_ = ConnectWebSocket(loop_, std::move(request));
  WebSocketHandler handler;
  handler.on_open = [this](const HttpResponse&) { open_ = true; };
  handler.on_message = [this](WebSocketKind, std::string_view bytes) { Take(bytes); };
  handler.on_closed = [this](const WebSocketClosed&) {
    if (!saying_goodbye_) ++tally_.broken;
    open_ = false;
  };
  socket_->Start(std::move(handler));
  const std::string ready = MakeRTVIMessage("client-ready", Json{{"version", "2.2.0"}}, "1").dump();
  static_cast<void>(socket_->Send(WebSocketKind::kBinary,
                                  EncodeWireFrame({.kind = WireFrame::Kind::kMessage, .text = ready})));
}

// Half of them say goodbye, the others vanish.
void SoakCaller::HangUp() {
  open_ = bot_speaks_ = false;
  plays_until_.reset();
  saying_goodbye_ = socket_ && tally_.conversations % 2 == 0;
  if (saying_goodbye_) return socket_->Close(kWebSocketNormal, "");
  socket_.reset();
}

void SoakCaller::Say(bool voice) {
  static const std::string kLoud = EncodeSound(10000);
  static const std::string kQuiet = EncodeSound(0);
  static_cast<void>(socket_->Send(WebSocketKind::kBinary, voice ? kLoud : kQuiet));
}

void SoakCaller::Take(std::string_view bytes) {
  const auto frame = DecodeWireFrame(bytes);
  if (!frame.ok()) return;
  if (frame->kind == WireFrame::Kind::kMessage) {
    const auto message = ParseJson(frame->text);
    if (message.ok() && message->is_object()) Told(message->value("type", ""));
  } else if (frame->kind == WireFrame::Kind::kAudio && bot_speaks_ && frame->sample_rate > 0) {
    Play(FromSeconds(static_cast<double>(frame->audio.size()) / 2 / frame->sample_rate));
  }
}

void SoakCaller::Told(const std::string& type) {
  if (type == "bot-started-speaking") {
    ++tally_.answers;
    bot_speaks_ = true;
    plays_until_.reset();
  }
  if (type == "bot-stopped-speaking" || type == "bot-interrupted") {
    tally_.interruptions += bot_speaks_ && type == "bot-interrupted" ? 1 : 0;
    bot_speaks_ = false;
  }
}

void SoakCaller::Play(Nanos length) {
  const Nanos now = loop_.clock().MonotonicNow();
  ++tally_.chunks;
  if (!plays_until_) plays_until_ = now + pace_.cushion;
  const Nanos late = now - *plays_until_;
  if (late > Nanos(0)) {
    ++tally_.late_chunks;
    tally_.late_ms_max = std::max(tally_.late_ms_max, ToSeconds(late) * 1000);
    plays_until_ = now;
  }
  *plays_until_ += length;
}

}  // namespace repartee::bench
