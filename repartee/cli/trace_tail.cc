#include "repartee/cli/trace_tail.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "repartee/base/event_loop.h"
#include "repartee/base/signals.h"
#include "repartee/cli/trace_client.h"
#include "repartee/net/http_client.h"

namespace repartee::cli {
namespace {

constexpr int kMaxTries = 30;  // in a row, before it gives up
constexpr Nanos kBetweenTries = std::chrono::seconds(1);
// The server says something each second.
constexpr std::chrono::milliseconds kStall{30'000};

class Tail {
 public:
  Tail(const std::string& url, const std::function<void(const SseEvent&)>& on_event)
      : url_(url), on_event_(on_event) {}

  Status Run() {
    SignalWatcher signals(loop_, {SIGINT, SIGTERM}, [this](int) { loop_.Stop(); });
    Connect();
    loop_.Run();
    return result_;
  }

 private:
  void Connect() {
    parser_.emplace();
    refusal_.reset();
    HttpRequest request = RequestTo(url_, "/api/ui/events");
    if (!last_id_.empty()) request.headers.Add("Last-Event-ID", last_id_);
    HttpCallOptions options;
    options.timeout = std::chrono::milliseconds(0);
    options.stall_timeout = kStall;
    call_ = client_.Stream(std::move(request), options,
                           {.on_headers = [this](HttpResponse response) { Answered(std::move(response)); },
                            .on_data = [this](std::string_view bytes) { Take(bytes); },
                            .done = [this](Status status) { Ended(status); }});
  }

  void Answered(HttpResponse response) {
    if (response.status != 200) {
      refusal_ = std::move(response);
      return;
    }
    connected_ = true;
    tries_ = 0;
  }

  void Take(std::string_view bytes) {
    if (refusal_) {
      if (refusal_->body.size() < kMaxRefusal) refusal_->body += bytes;
      return;
    }
    const Status status = parser_->Feed(bytes, [this](const SseEvent& event) {
      last_id_ = event.id;
      on_event_(event);
    });
    if (!status.ok()) Finish(status);
  }

  void Ended(const Status& status) {
    if (refusal_) return Finish(RefusalOf(*refusal_));
    const Status why = status.ok() ? Status::Unavailable("the stream ended") : status;
    if (!connected_ || ++tries_ > kMaxTries) return Finish(NoServer(url_, why));
    if (tries_ == 1) fmt::print(stderr, "repartee trace: connection lost, trying again\n");
    retry_.Arm(kBetweenTries);
  }

  void Finish(Status status) {
    result_ = std::move(status);
    loop_.Stop();
  }

  static constexpr std::size_t kMaxRefusal = 64 << 10;
  const std::string url_;
  const std::function<void(const SseEvent&)>& on_event_;
  EventLoop loop_;
  HttpClient client_{loop_};
  Timer retry_{loop_, [this] { Connect(); }};
  std::optional<SseParser> parser_;
  std::optional<HttpResponse> refusal_;
  std::unique_ptr<HttpCall> call_;
  std::string last_id_;
  bool connected_ = false;
  int tries_ = 0;
  Status result_;
};

}  // namespace

Status TailEvents(const std::string& url, const std::function<void(const SseEvent&)>& on_event) {
  return Tail(url, on_event).Run();
}

}  // namespace repartee::cli
