// ws-load: many callers of one websocket server at once, each saying 20 ms each 20 ms and timing what
// comes back. With --bad three more are no good callers: one takes nothing of what it is sent, one sends
// garbage, one vanishes.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "bench/benches.h"
#include "repartee/net/websocket.h"
#include "repartee/transports/serializers/protobuf_protocol.h"

namespace repartee::bench {
namespace {

constexpr Nanos kFrame = std::chrono::milliseconds(20);
constexpr Nanos kWarmUp = std::chrono::seconds(1);
constexpr Nanos kConnectLimit = std::chrono::seconds(30);
constexpr Nanos kLastEchoes = std::chrono::milliseconds(500);
constexpr std::size_t kPcm = 640;  // bytes of a frame
constexpr char kGarbage[] = "\xff\xfe\x01garbage\x12\x80\x80\x80\x80\xff";

std::string Encode(std::string_view pcm) {
  return EncodeWireFrame({.kind = WireFrame::Kind::kAudio,
                          .name = "audio",
                          .audio = pcm,
                          .sample_rate = 16000,
                          .num_channels = 1});
}

char Pattern(std::size_t at) { return static_cast<char>(at * 7); }

struct Caller {
  std::unique_ptr<WebSocket> socket;
  std::string heard;  // not a whole frame yet
  Nanos due{0};       // of the next frame
  bool open = false;
  bool lost = false;
};

// What is measured of all callers.
struct Tally {
  std::vector<double> latency_ms;
  std::vector<double> late_ms;  // by which our own sending was behind
  std::int64_t sent = 0;
  std::int64_t corrupt = 0;
  Nanos from{0};
  Nanos to{0};
};

class Load {
 public:
  explicit Load(const WsLoadOptions& options)
      : options_(options), timer_(loop_, [this] { SendDue(); }), pcm_(kPcm, '\0') {
    for (std::size_t i = 16; i < kPcm; ++i) pcm_[i] = Pattern(i);
  }

  Report Run() {
    Report report{.bench = "ws-load",
                  .params = {{"port", options_.port},
                             {"clients", options_.clients},
                             {"seconds", options_.seconds},
                             {"bad", options_.bad}}};
    report.ok = ConnectAll();
    const double cpu = CpuSeconds();
    const double wall = WallSeconds();
    if (report.ok) Talk();
    const auto lost =
        std::count_if(callers_.begin(), callers_.end(), [](const Caller& one) { return one.lost; });
    const double echoed =
        tally_.sent == 0 ? 0.0
                         : static_cast<double>(tally_.latency_ms.size()) / static_cast<double>(tally_.sent);
    const auto percentile = [](std::vector<double>& values, double p) {
      std::sort(values.begin(), values.end());
      return values.empty() ? 0.0
                            : values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
    };
    report.metrics = {{"lat_ms_p50", percentile(tally_.latency_ms, 0.5)},
                      {"lat_ms_p99", percentile(tally_.latency_ms, 0.99)},
                      {"lat_ms_max", percentile(tally_.latency_ms, 1.0)},
                      {"echoed_share", echoed},
                      {"corrupt", tally_.corrupt},
                      {"lost", lost},
                      {"gen_late_ms_p99", percentile(tally_.late_ms, 0.99)},
                      {"gen_cpu_cores", (CpuSeconds() - cpu) / std::max(1e-9, WallSeconds() - wall)}};
    report.ok = report.ok && lost == 0 && tally_.corrupt == 0 && echoed > 0.999;
    return report;
  }

 private:
  std::string Url() const { return fmt::format("ws://127.0.0.1:{}/ws", options_.port); }

  std::unique_ptr<WebSocket> Connect(UniqueFunction<void()> opened,
                                     UniqueFunction<void(std::string_view)> heard,
                                     UniqueFunction<void()> closed) {
    WebSocketRequest request;
    request.url = Url();
    auto socket = ConnectWebSocket(loop_, std::move(request));
    WebSocketHandler handler;
    handler.on_open = [opened = std::move(opened)](const HttpResponse&) mutable { opened(); };
    handler.on_message = [heard = std::move(heard)](WebSocketKind, std::string_view bytes) mutable {
      heard(bytes);
    };
    handler.on_closed = [closed = std::move(closed)](const WebSocketClosed&) mutable { closed(); };
    socket->Start(std::move(handler));
    return socket;
  }

  bool ConnectAll() {
    callers_.resize(static_cast<std::size_t>(options_.clients));
    std::size_t open = 0;
    for (Caller& caller : callers_) {
      caller.socket = Connect(
          [&caller, &open] {
            caller.open = true;
            ++open;
          },
          [this, &caller](std::string_view bytes) { Take(caller, bytes); },
          [&caller] { caller.lost = true; });
    }
    return loop_.RunUntil([&open, this] { return open == callers_.size(); }, kConnectLimit);
  }

  void Talk() {
    const Nanos start = loop_.clock().MonotonicNow() + kFrame;
    tally_.from = start + kWarmUp;
    tally_.to = tally_.from + FromSeconds(options_.seconds);
    for (std::size_t i = 0; i < callers_.size(); ++i) {
      callers_[i].due =
          start + kFrame * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(callers_.size());
    }
    if (options_.bad) MeetBadCallers();
    loop_.Post([this] { timer_.ArmAt(callers_.front().due); });
    loop_.RunFor(tally_.to - loop_.clock().MonotonicNow() + kLastEchoes);
    if (stalled_ >= 0) close(stalled_);
  }

  // Callers are due one after the other, round and round.
  void SendDue() {
    const Nanos now = loop_.clock().MonotonicNow();
    while (callers_[next_].due <= now) {
      Caller& caller = callers_[next_];
      if (caller.due >= tally_.to) return;
      if (!caller.lost) Send(caller);
      caller.due += kFrame;
      next_ = (next_ + 1) % callers_.size();
    }
    timer_.ArmAt(callers_[next_].due);
  }

  void Send(Caller& caller) {
    const std::int64_t due = caller.due.count();
    std::memcpy(pcm_.data(), &due, sizeof due);
    static_cast<void>(caller.socket->Send(WebSocketKind::kBinary, Encode(pcm_)));
    if (caller.due < tally_.from) return;
    ++tally_.sent;
    tally_.late_ms.push_back(ToSeconds(loop_.clock().MonotonicNow() - caller.due) * 1000);
  }

  void Take(Caller& caller, std::string_view bytes) {
    const Nanos now = loop_.clock().MonotonicNow();
    const auto frame = DecodeWireFrame(bytes);
    if (!frame.ok() || frame->kind != WireFrame::Kind::kAudio) return;
    caller.heard.append(frame->audio);
    while (caller.heard.size() >= kPcm) {
      std::int64_t due = 0;
      std::memcpy(&due, caller.heard.data(), sizeof due);
      bool good = true;
      for (std::size_t i = 16; i < kPcm; i += 89) good = good && caller.heard[i] == Pattern(i);
      tally_.corrupt += good ? 0 : 1;
      if (Nanos(due) >= tally_.from && Nanos(due) < tally_.to) {
        tally_.latency_ms.push_back(ToSeconds(now - Nanos(due)) * 1000);
      }
      caller.heard.erase(0, kPcm);
    }
  }

  void MeetBadCallers() {
    garbage_ = Connect([] {}, [](std::string_view) {}, [] {});
    vanishing_ = Connect([] {}, [](std::string_view) {}, [] {});
    bad_timer_.emplace(loop_, [this] { BeBad(); });
    stalled_ = ConnectStalled();
    loop_.Post([this] { bad_timer_->Arm(kFrame); });
  }

  // A socket of the machine's, which is never read; ours would read by itself.
  int ConnectStalled() const {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    const int small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string upgrade =
        "GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                           write(fd, upgrade.data(), upgrade.size()) > 0;
    if (connected) fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
  }

  // A second's sound at once, over and over, of which the caller takes nothing.
  void BeBad() {
    const std::string frame = Encode(pcm_);
    std::string masked{
        '\x82', '\xfe', static_cast<char>(frame.size() >> 8), static_cast<char>(frame.size() & 0xff), 0, 0,
        0,      0};
    masked += frame;  // a mask of zeros changes nothing
    for (int i = 0; i < 50; ++i) {
      if (write(stalled_, masked.data(), masked.size()) != static_cast<ssize_t>(masked.size())) break;
    }
    static_cast<void>(garbage_->Send(WebSocketKind::kBinary, std::string(kGarbage, sizeof kGarbage)));
    if (vanishing_ && loop_.clock().MonotonicNow() > tally_.from) {
      vanishing_->Abort();
      vanishing_.reset();
    } else if (vanishing_) {
      static_cast<void>(vanishing_->Send(WebSocketKind::kBinary, frame));
    }
    bad_timer_->Arm(kFrame);
  }

  const WsLoadOptions options_;
  EventLoop loop_;
  Timer timer_;
  std::string pcm_;
  std::vector<Caller> callers_;
  std::size_t next_ = 0;
  Tally tally_;
  std::unique_ptr<WebSocket> garbage_;
  std::unique_ptr<WebSocket> vanishing_;
  std::optional<Timer> bad_timer_;
  int stalled_ = -1;
};

}  // namespace

Report RunWsLoad(const WsLoadOptions& options) {
  AllowManySockets();
  return Load(options).Run();
}

}  // namespace repartee::bench
