#include "repartee/net/http_client.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "repartee/base/encoding.h"
#include "repartee/net/client_connection.h"

namespace repartee {
namespace {

using Connections = std::vector<std::shared_ptr<ClientConnection>>;

std::string Key(const Url& url) { return url.scheme + "://" + url.Authority(); }

// The fields that come of the message itself.
bool IsFramingField(std::string_view name) {
  return EqualsIgnoringCase(name, "Content-Length") || EqualsIgnoringCase(name, "Transfer-Encoding") ||
         EqualsIgnoringCase(name, "Connection");
}

Result<std::string> WriteRequest(const HttpRequest& request, const Url& url) {
  if (!IsHttpToken(request.method)) return Status::InvalidArgument("the method is no token");
  if (Status status = CheckHttpHeaders(request.headers); !status.ok()) return status;
  std::string out = request.method + " " + url.target + " HTTP/1.1\r\n";
  const auto add = [&out](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  if (!request.headers.Has("Host")) add("Host", url.Authority());
  if (!request.headers.Has("User-Agent")) add("User-Agent", "repartee");
  if (!url.user_info.empty() && !request.headers.Has("Authorization")) {
    add("Authorization", "Basic " + Base64Encode(PercentDecode(url.user_info)));
  }
  for (const auto& [name, value] : request.headers.fields()) {
    if (!IsFramingField(name)) add(name, value);
  }
  const bool expects_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (expects_body || !request.body.empty()) add("Content-Length", std::to_string(request.body.size()));
  out += "\r\n";
  out += request.body;
  return out;
}

}  // namespace

// What the calls of one client share: its idle connections, by scheme and authority.
class HttpClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(EventLoop& event_loop, HttpClientOptions client_options)
      : loop(event_loop), options(std::move(client_options)) {}

  std::unique_ptr<HttpCall> Begin(HttpRequest request, HttpCallOptions limits, Done whole,
                                  StreamHandler streamed);
  void Shut();

  EventLoop& loop;
  const HttpClientOptions options;

 private:
  class Call;

  // Null if there is none.
  std::shared_ptr<ClientConnection> TakeIdle(const Url& url);
  Result<std::shared_ptr<ClientConnection>> NewConnection(const Url& url);
  void GiveBack(const Url& url, std::shared_ptr<ClientConnection> connection);
  void Forget(const std::string& key, const ClientConnection* connection);

  std::shared_ptr<TlsContext> tls_;  // made with the first https connection
  std::map<std::string, Connections> idle_;
  bool shut_ = false;
};

std::shared_ptr<ClientConnection> HttpClient::Impl::TakeIdle(const Url& url) {
  const auto found = idle_.find(Key(url));
  if (found == idle_.end()) return nullptr;
  // The youngest: the most likely to be alive.
  auto connection = std::move(found->second.back());
  found->second.pop_back();
  if (found->second.empty()) idle_.erase(found);
  return connection;
}

Result<std::shared_ptr<ClientConnection>> HttpClient::Impl::NewConnection(const Url& url) {
  if (url.secure() && !tls_) {
    auto made = MakeTlsClientContext({.ca = options.ca_file,
                                      .certificate = options.client_certificate_file,
                                      .key = options.client_key_file});
    if (!made.ok()) return std::move(made).status();
    tls_ = *std::move(made);
  }
  return std::make_shared<ClientConnection>(loop, url.secure() ? tls_ : nullptr);
}

void HttpClient::Impl::GiveBack(const Url& url, std::shared_ptr<ClientConnection> connection) {
  const std::string key = Key(url);
  if (shut_ || options.max_idle_connections <= 0) return connection->Close();
  Connections& idle = idle_[key];
  if (idle.size() >= static_cast<std::size_t>(options.max_idle_connections)) {
    idle.front()->Close();
    idle.erase(idle.begin());
  }
  idle.push_back(connection);
  connection->WaitIdle(options.keep_alive, [self = weak_from_this(), key, gone = connection.get()] {
    if (const auto impl = self.lock()) impl->Forget(key, gone);
  });
}

void HttpClient::Impl::Forget(const std::string& key, const ClientConnection* connection) {
  const auto found = idle_.find(key);
  if (found == idle_.end()) return;
  std::erase_if(found->second, [&](const auto& idle) { return idle.get() == connection; });
  if (found->second.empty()) idle_.erase(found);
}

void HttpClient::Impl::Shut() {
  shut_ = true;
  for (const auto& [key, connections] : std::exchange(idle_, {})) {
    for (const auto& connection : connections) connection->Close();
  }
}

// ---------------------------------------------------------------- a call

// One request, from its URL to its last byte; on a second connection if the first, a
// kept one, was dead. Owned by its handle; holds itself while it calls out.
class HttpClient::Impl::Call final : public ClientConnection::User,
                                     public std::enable_shared_from_this<Call> {
 public:
  Call(std::shared_ptr<Impl> pool, HttpCallOptions options, Done whole, StreamHandler streamed)
      : pool_(std::move(pool)),
        options_(options),
        whole_(std::move(whole)),
        streamed_(std::move(streamed)),
        total_timer_(pool_->loop,
                     [this] {
                       if (looking_up()) return Expire(kNoName, options_.timeout);
                       Expire("no whole answer within {} ms", options_.timeout);
                     }),
        connect_timer_(pool_->loop,
                       [this] {
                         const auto limit = pool_->options.connect_timeout;
                         if (looking_up()) return Expire(kNoName, limit);
                         Expire("no connection within {} ms", limit);
                       }),
        stall_timer_(pool_->loop, [this] { Expire("the answer stalled for {} ms", options_.stall_timeout); }),
        kept_timer_(pool_->loop, [this] {
          Expire("no answer within {} ms on a connection used before", options_.kept_timeout);
        }) {}

  void Start(HttpRequest request);
  void Cancel();

  void OnConnected(Status status) override;
  void OnHead(HttpResponse head) override;
  void OnBody(std::string_view bytes) override;
  void OnEnd(Status status, bool untouched) override;

 private:
  Status Prepare(HttpRequest request);
  Status Connect();
  void Send() { connection_->Send(bytes_, head_only_, weak_from_this()); }
  void Finish(Status status);
  void Release();
  static constexpr char kNoName[] = "the name was not found within {} ms";
  bool looking_up() const { return connection_ && connection_->looking_up(); }
  void Expire(fmt::format_string<std::int64_t> text, std::chrono::milliseconds limit);
  static void ArmIfLimited(Timer& timer, std::chrono::milliseconds limit) {
    if (limit.count() > 0) timer.Arm(limit);
  }

  const std::shared_ptr<Impl> pool_;  // shared with the client and its other calls
  const HttpCallOptions options_;
  Done whole_;  // of a whole answer; else `streamed_` is used
  StreamHandler streamed_;
  HttpResponse answer_;  // so far, of a whole answer
  Url url_;
  std::string name_ = "http client";          // in messages; the server's once known
  std::shared_ptr<const std::string> bytes_;  // shared with the write under way
  bool head_only_ = false;
  bool kept_connection_ = false;
  bool finished_ = false;
  std::shared_ptr<ClientConnection> connection_;  // shared with its pending operations
  Timer total_timer_;
  Timer connect_timer_;
  Timer stall_timer_;
  Timer kept_timer_;
};

void HttpClient::Impl::Call::Start(HttpRequest request) {
  Status status = Prepare(std::move(request));
  if (status.ok()) {
    ArmIfLimited(total_timer_, options_.timeout);
    if (options_.may_reuse) connection_ = pool_->TakeIdle(url_);
    kept_connection_ = connection_ != nullptr;
    if (kept_connection_) {
      ArmIfLimited(kept_timer_, options_.kept_timeout);
      return Send();
    }
    status = Connect();
  }
  if (status.ok()) return;
  pool_->loop.Post([self = weak_from_this(), status]() mutable {
    if (const auto call = self.lock()) call->Finish(std::move(status));
  });
}

Status HttpClient::Impl::Call::Prepare(HttpRequest request) {
  Result<Url> url = ParseUrl(request.target);
  if (!url.ok()) return std::move(url).status();
  url_ = *std::move(url);
  name_ = url_.Authority();
  if (url_.scheme != "http" && url_.scheme != "https") {
    return Status::InvalidArgument("the scheme is '{}'; a request needs http or https", url_.scheme);
  }
  head_only_ = request.method == "HEAD";
  Result<std::string> bytes = WriteRequest(request, url_);
  if (!bytes.ok()) return std::move(bytes).status();
  bytes_ = std::make_shared<const std::string>(*std::move(bytes));
  return OkStatus();
}

Status HttpClient::Impl::Call::Connect() {
  auto connection = pool_->NewConnection(url_);
  if (!connection.ok()) return std::move(connection).status();
  connection_ = *std::move(connection);
  ArmIfLimited(connect_timer_, pool_->options.connect_timeout);
  connection_->Connect(url_, weak_from_this());
  return OkStatus();
}

void HttpClient::Impl::Call::OnConnected(Status status) {
  connect_timer_.Disarm();
  if (!status.ok()) return Finish(std::move(status));
  Send();
}

void HttpClient::Impl::Call::OnHead(HttpResponse head) {
  kept_timer_.Disarm();
  ArmIfLimited(stall_timer_, options_.stall_timeout);
  if (whole_) {
    answer_ = std::move(head);
  } else if (streamed_.on_headers) {
    streamed_.on_headers(std::move(head));
  }
}

void HttpClient::Impl::Call::OnBody(std::string_view bytes) {
  ArmIfLimited(stall_timer_, options_.stall_timeout);
  if (!whole_) {
    if (streamed_.on_data) streamed_.on_data(bytes);
    return;
  }
  const std::size_t limit = pool_->options.max_response_bytes;
  if (answer_.body.size() + bytes.size() > limit) {
    return Finish(Status::ResourceExhausted("the answer is larger than {} bytes", limit));
  }
  answer_.body += bytes;
}

void HttpClient::Impl::Call::OnEnd(Status status, bool untouched) {
  if (!status.ok() && untouched && std::exchange(kept_connection_, false)) {
    kept_timer_.Disarm();
    status = Connect();
    if (status.ok()) return;
  }
  if (connection_->reusable()) pool_->GiveBack(url_, std::exchange(connection_, nullptr));
  Finish(std::move(status));
}

// The last thing a call does: `done` may destroy its handle.
void HttpClient::Impl::Call::Finish(Status status) {
  if (std::exchange(finished_, true)) return;
  Release();
  status = std::move(status).Annotate("{}", name_);
  if (!whole_) {
    auto done = std::move(streamed_.done);
    return done(std::move(status));
  }
  auto done = std::move(whole_);
  status.ok() ? done(std::move(answer_)) : done(std::move(status));
}

void HttpClient::Impl::Call::Cancel() {
  finished_ = true;
  Release();
}

void HttpClient::Impl::Call::Release() {
  total_timer_.Disarm();
  connect_timer_.Disarm();
  stall_timer_.Disarm();
  kept_timer_.Disarm();
  if (connection_) connection_->Close();
  connection_ = nullptr;
}

void HttpClient::Impl::Call::Expire(fmt::format_string<std::int64_t> text, std::chrono::milliseconds limit) {
  const auto self = shared_from_this();
  Finish(Status::DeadlineExceeded(text, std::int64_t{limit.count()}));
}

// ---------------------------------------------------------------- HttpClient

std::unique_ptr<HttpCall> HttpClient::Impl::Begin(HttpRequest request, HttpCallOptions limits, Done whole,
                                                  StreamHandler streamed) {
  // Destroying the handle cancels, even while the call holds itself to call out.
  class Handle final : public HttpCall {
   public:
    explicit Handle(std::shared_ptr<Call> call) : call_(std::move(call)) {}
    ~Handle() override { call_->Cancel(); }

   private:
    const std::shared_ptr<Call> call_;
  };
  auto call = std::make_shared<Call>(shared_from_this(), limits, std::move(whole), std::move(streamed));
  call->Start(std::move(request));
  return std::make_unique<Handle>(std::move(call));
}

HttpClient::HttpClient(EventLoop& loop, HttpClientOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

HttpClient::~HttpClient() { impl_->Shut(); }

std::unique_ptr<HttpCall> HttpClient::Fetch(HttpRequest request, HttpCallOptions options, Done done) {
  return impl_->Begin(std::move(request), options, std::move(done), StreamHandler());
}

std::unique_ptr<HttpCall> HttpClient::Stream(HttpRequest request, HttpCallOptions options,
                                             StreamHandler handler) {
  return impl_->Begin(std::move(request), options, nullptr, std::move(handler));
}

Result<HttpResponse> FetchBlocking(HttpRequest request, HttpCallOptions options,
                                   HttpClientOptions client_options) {
  EventLoop loop;
  HttpClient client(loop, std::move(client_options));
  std::optional<Result<HttpResponse>> answer;
  const auto call = client.Fetch(std::move(request), options, [&](Result<HttpResponse> result) {
    answer = std::move(result);
    loop.Stop();
  });
  loop.Run();
  return *std::move(answer);
}

}  // namespace repartee
