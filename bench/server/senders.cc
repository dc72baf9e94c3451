#include "bench/server/senders.h"

#include <fmt/format.h>

#include <array>
#include <memory>

#include "bench/measure.h"

namespace repartee::bench {
namespace {

constexpr int kSenders = 4;
constexpr Nanos kPutOff = std::chrono::milliseconds(50);
constexpr Nanos kLimit = std::chrono::minutes(30);  // of one call of SendAll

class Sending {
 public:
  Sending(const std::string& url, const std::string& authorization, bool gzip,
          const std::vector<Batch>& batches, Sent& sent)
      : client_(loop_), url_(url), batches_(batches), sent_(sent) {
    headers_.Set("Content-Type", "application/x-protobuf");
    headers_.Set("Authorization", authorization);
    if (gzip) headers_.Set("Content-Encoding", "gzip");
  }

  void Run() {
    for (Sender& sender : senders_) loop_.Post([this, &sender] { SendNext(sender); });
    loop_.RunUntil([this] { return idle_ == kSenders; }, kLimit);
  }

 private:
  struct Sender {
    std::unique_ptr<HttpCall> call;
    std::unique_ptr<Timer> again;
    std::size_t batch = 0;
    Nanos begin{0};
  };

  void SendNext(Sender& sender) {
    if (next_ == batches_.size() || !sent_.failure.empty()) {
      ++idle_;
      return;
    }
    sender.batch = next_++;
    Send(sender);
  }

  void Send(Sender& sender) {
    HttpRequest request;
    request.method = "POST";
    request.target = url_;
    request.headers = headers_;
    request.body = batches_[sender.batch].body;
    sender.begin = loop_.clock().MonotonicNow();
    sender.call = client_.Fetch(std::move(request), {.timeout = std::chrono::seconds(60)},
                                [this, &sender](Result<HttpResponse> answer) { Take(sender, answer); });
  }

  void Take(Sender& sender, const Result<HttpResponse>& answer) {
    sent_.request_ms.push_back(ToSeconds(loop_.clock().MonotonicNow() - sender.begin) * 1000);
    const int status = answer.ok() ? answer->status : 0;
    if (status == 429 || status == 503) return PutOff(sender);
    if (status == 200) {
      sent_.spans += batches_[sender.batch].spans;
      sent_.last_trace_id = batches_[sender.batch].last_trace_id;
    } else {
      sent_.failure = answer.ok() ? fmt::format("{}: {}", status, answer->body) : answer.status().message();
    }
    SendNext(sender);
  }

  void PutOff(Sender& sender) {
    ++sent_.put_off;
    sender.again = std::make_unique<Timer>(loop_, [this, &sender] { Send(sender); });
    sender.again->Arm(kPutOff);
  }

  EventLoop loop_;
  HttpClient client_;
  const std::string url_;
  HttpHeaders headers_;
  const std::vector<Batch>& batches_;
  Sent& sent_;
  std::array<Sender, kSenders> senders_;
  std::size_t next_ = 0;
  int idle_ = 0;
};

}  // namespace

void SendAll(const std::string& url, const std::string& authorization, bool gzip,
             const std::vector<Batch>& batches, Sent& sent) {
  const double begin = WallSeconds();
  const double cpu = CpuSeconds();
  Sending(url, authorization, gzip, batches, sent).Run();
  sent.seconds += WallSeconds() - begin;
  sent.cpu_seconds += CpuSeconds() - cpu;
}

}  // namespace repartee::bench
