#include "repartee/agent/agent_host.h"

#include <algorithm>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/base/log.h"

namespace repartee {
namespace {

constexpr int kMaxThreads = 8;

int Threads(int asked) {
  if (asked > 0) return asked;
  return std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
}

WebSocketAcceptance Acceptance() {
  WebSocketAcceptance acceptance;
  // Two seconds of sound, and messages beside it; a client that lets more wait reads nothing.
  acceptance.options.max_send_bytes = 1 << 20;
  acceptance.options.close_timeout = std::chrono::milliseconds(500);
  return acceptance;
}

HttpResponse Busy(const std::string& why) { return HttpResponse::Json(503, Json{{"detail", why}}.dump()); }

}  // namespace

AgentHost::AgentHost(std::unique_ptr<AgentStack> stack, AgentHostOptions options)
    : options_(std::move(options)), stack_(std::move(stack)) {
  for (int i = 0; i < Threads(options_.threads); ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.thread = std::thread([&worker] { worker.loop.Run(); });
  }
}

AgentHost::~AgentHost() { Stop(std::chrono::milliseconds(0)); }

AgentHost::Worker* AgentHost::Reserve() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || conversations_ >= options_.max_conversations) return nullptr;
  const auto least = std::min_element(workers_.begin(), workers_.end(),
                                      [](const auto& a, const auto& b) { return a->load < b->load; });
  ++(*least)->load;
  ++conversations_;
  return least->get();
}

void AgentHost::Release(Worker& worker) {
  const std::lock_guard lock(mutex_);
  --worker.load;
  --conversations_;
  quiet_.notify_all();
}

void AgentHost::Take(WebSocketUpgrade upgrade, ClientKind client) {
  Worker* const worker = Reserve();
  if (!worker) {
    return upgrade.Refuse(Busy(fmt::format("{} conversations are held already, or the agent is stopping",
                                           options_.max_conversations)));
  }
  upgrade.Accept(worker->loop, Acceptance(), [this, worker, client](std::unique_ptr<WebSocket> socket) {
    Begin(*worker, std::move(socket), client);
  });
}

void AgentHost::Begin(Worker& worker, std::unique_ptr<WebSocket> socket, ClientKind client) {
  Result<AgentServices> services = stack_->NewServices();
  if (!services.ok()) {
    LogError("no conversation: {}", services.status().message());
    return Release(worker);
  }
  ClientConversationOptions options;
  options.enable_tracing = options_.enable_tracing;
  options.language_model = stack_->language_model();
  options.client = client;
  auto made = std::make_unique<ClientConversation>(worker.loop, *std::move(services), std::move(socket),
                                                   options_.agent, std::move(options));
  ClientConversation& conversation = *made;
  worker.conversations.emplace(&conversation, std::move(made));
  if (options_.on_started) options_.on_started(conversation.id());
  conversation.Start([this, &worker, &conversation] { Ended(worker, &conversation); });
}

void AgentHost::Ended(Worker& worker, ClientConversation* conversation) {
  const std::string id = conversation->id();
  worker.conversations.erase(conversation);
  Release(worker);
  if (options_.on_ended) options_.on_ended(id);
}

void AgentHost::Stop(std::chrono::milliseconds grace) {
  {
    std::unique_lock lock(mutex_);
    if (std::exchange(stopping_, true)) return;
    for (const auto& worker : workers_) {
      worker->loop.Post([&conversations = worker->conversations] {
        for (const auto& [conversation, owner] : conversations) conversation->End();
      });
    }
    quiet_.wait_for(lock, grace, [this] { return conversations_ == 0; });
  }
  for (const auto& worker : workers_) {
    worker->loop.Post([&worker = *worker] {
      worker.conversations.clear();
      worker.loop.Stop();
    });
    worker->thread.join();
  }
}

}  // namespace repartee
