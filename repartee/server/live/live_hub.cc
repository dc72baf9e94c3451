#include "repartee/server/live/live_hub.h"

#include <fmt/format.h>

#include <algorithm>

#include "repartee/base/log.h"
#include "repartee/base/random.h"
#include "repartee/server/api/json_writer.h"
#include "repartee/server/ui/conversation_view.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kTick{50};
constexpr Nanos kStatsEvery = seconds(1);
constexpr Nanos kHeartbeatEvery = seconds(15);
// Long enough for a page that is loaded again to go on where it was.
constexpr Nanos kKeepChannel = seconds(60);
constexpr std::size_t kTracesPerLookUp = 32;
constexpr Nanos kAgeEvery = seconds(10);
constexpr std::size_t kMaxOpenTraces = 20'000;  // a project; beyond, they are not counted

}  // namespace

LiveHub::Channel::Channel(ProjectKey key)
    : project(key), ring(fmt::format("{:012x}", RandomBits() >> 16)), painter(key) {}

LiveHub::LiveHub(Store& store, const Clock& clock)
    : store_(store), clock_(clock), thread_([this] { Run(); }) {
  store_.Watch([this](std::span<const TraceChange> changes) { OnCommit(changes); });
}

LiveHub::~LiveHub() { Stop(); }

void LiveHub::Stop() {
  store_.Watch(nullptr);
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
    wake_.wait(lock, [this] { return look_ups_ == 0; });
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  for (const auto& [project, channel] : channels_) {
    for (const Watcher& watcher : channel->watchers) watcher.stream->Close();
  }
  channels_.clear();
}

void LiveHub::Watch(ProjectKey project, const std::string& last_event_id, MayWatch may_watch,
                    HttpResponder responder) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || watchers_ >= kMaxWatchers)
      return responder.Send(UiError(503, "too many pages watch already", "close some, then reload"));
  }
  HttpHeaders headers{{"Content-Type", "text/event-stream"},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"},
                      // A proxy that gathers would hold every event back.
                      {"X-Accel-Buffering", "no"}};
  std::shared_ptr<HttpStream> stream = responder.StartStream(200, std::move(headers));
  if (stream && !AddWatcher(project, last_event_id, std::move(may_watch), stream)) stream->Close();
}

bool LiveHub::AddWatcher(ProjectKey project, const std::string& last_event_id, MayWatch may_watch,
                         std::shared_ptr<HttpStream> stream) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || watchers_ >= kMaxWatchers) return false;
  std::unique_ptr<Channel>& channel = channels_[project];
  if (!channel) {
    channel = std::make_unique<Channel>(project);
    // Of what was over before it came, nobody need be told.
    Age(open_[project], clock_.MonotonicNow(), {});
  }
  std::string first = "retry: 1000\n\n";
  if (!last_event_id.empty()) {
    first += channel->ring.Since(last_event_id).value_or(SseText(channel->ring.last_id(), "reset", "{}"));
  }
  if (!stream->Write(first)) return true;
  channel->watchers.push_back({std::move(stream), std::move(may_watch)});
  ++watchers_;
  wake_.notify_all();
  return true;
}

// On the writer's thread: notes and goes.
void LiveHub::OnCommit(std::span<const TraceChange> changes) {
  const Nanos now = clock_.MonotonicNow();
  const std::lock_guard lock(mutex_);
  for (const TraceChange& change : changes) {
    OpenTraces& open = open_[change.project];
    const auto channel = channels_.find(change.project);
    if (channel == channels_.end() && now >= open.next_ageing) {
      open.next_ageing = now + kAgeEvery;
      Age(open, now, {});
    }
    if (change.complete) {
      open.seen.erase(change.trace);
    } else if (open.seen.size() < kMaxOpenTraces || open.seen.contains(change.trace)) {
      open.seen[change.trace] = now;
    }
    if (channel == channels_.end()) continue;
    channel->second->spans += change.spans;
    if (!channel->second->oldest_change) channel->second->oldest_change = now;
    Note(*channel->second, change.trace, now);
  }
}

bool LiveHub::Note(Channel& channel, const TraceId& id, Nanos now) {
  if (channel.changes.Note(id, now)) return true;
  // What was forgotten must be loaded anew by all.
  channel.ring.Break();
  Tell(channel, channel.ring.Add("reset", "{}"));
  return false;
}

void LiveHub::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (Tick(clock_.MonotonicNow())) EndRefused(lock);
    if (channels_.empty()) {
      wake_.wait(lock, [this] { return stopping_ || !channels_.empty(); });
    } else {
      wake_.wait_for(lock, kTick, [this] { return stopping_; });
    }
  }
}

void LiveHub::EndRefused(std::unique_lock<std::mutex>& lock) {
  std::vector<Watcher> watchers;
  for (const auto& [project, channel] : channels_)
    watchers.insert(watchers.end(), channel->watchers.begin(), channel->watchers.end());
  lock.unlock();
  // Whose stream is closed is forgotten when it is told something next.
  for (const Watcher& watcher : watchers) {
    if (!watcher.may_watch()) watcher.stream->Close();
  }
  lock.lock();
}

bool LiveHub::Tick(Nanos now) {
  const bool stats = now >= next_stats_;
  const bool heartbeat = now >= next_heartbeat_;
  if (stats) next_stats_ = now + kStatsEvery;
  if (heartbeat) next_heartbeat_ = now + kHeartbeatEvery;
  for (auto entry = channels_.begin(); entry != channels_.end();) {
    Channel& channel = *entry->second;
    if (!channel.looking_up) StartLookUp(channel, now);
    if (stats) TellStats(channel, now);
    if (heartbeat) Tell(channel, ": \n\n");
    if (!channel.watchers.empty()) channel.empty_since = now;
    const bool over = now - channel.empty_since > kKeepChannel && !channel.looking_up;
    entry = over ? channels_.erase(entry) : std::next(entry);
  }
  return stats;
}

// A channel with a look-up under way is not removed, so the job may hold it.
void LiveHub::StartLookUp(Channel& channel, Nanos now) {
  std::vector<TraceId> ids = channel.changes.TakeDue(now, kTracesPerLookUp);
  if (ids.empty()) return;
  channel.looking_up = true;
  ++look_ups_;
  const Status taken =
      store_.Read([this, &channel, ids](StoreReader& reader) { LookUp(channel, ids, reader); });
  if (taken.ok()) return;
  // Too many queries wait: again at the next tick.
  channel.looking_up = false;
  --look_ups_;
  for (const TraceId& id : ids) {
    if (!Note(channel, id, now)) return;
  }
}

void LiveHub::LookUp(Channel& channel, const std::vector<TraceId>& ids, StoreReader& reader) {
  std::vector<LiveEvent> events;
  for (const TraceId& id : ids) {
    Result<std::vector<LiveEvent>> painted = channel.painter.Paint(reader, id, clock_.WallNow().count());
    if (!painted.ok()) {
      LogWarning("live view of {}: {}", id.Hex(), painted.status().message());
      continue;
    }
    std::move(painted->begin(), painted->end(), std::back_inserter(events));
  }
  const std::lock_guard lock(mutex_);
  for (const LiveEvent& event : events) Tell(channel, channel.ring.Add(event.type, event.data));
  if (channel.oldest_change) {
    const Nanos lag = clock_.MonotonicNow() - *channel.oldest_change;
    channel.lag = std::max(channel.lag.value_or(lag), lag);
    channel.oldest_change.reset();
  }
  channel.looking_up = false;
  --look_ups_;
  wake_.notify_all();
}

void LiveHub::Tell(Channel& channel, const std::string& text) {
  const std::size_t gone = std::erase_if(
      channel.watchers, [&text](const Watcher& watcher) { return !watcher.stream->Write(text); });
  watchers_ -= gone;
}

void LiveHub::TellStats(Channel& channel, Nanos now) {
  JsonWriter json;
  json.BeginObject();
  json.Key("spans_per_second").Integer(static_cast<std::int64_t>(std::exchange(channel.spans, 0)));
  json.Key("live").Integer(static_cast<std::int64_t>(CountOpen(channel, now)));
  json.Key("lag_ms");
  if (channel.lag) {
    json.Integer(std::chrono::duration_cast<milliseconds>(*channel.lag).count());
  } else {
    json.Null();
  }
  json.EndObject();
  channel.lag.reset();
  // Not kept: the next second has its own.
  Tell(channel, SseText("", "stats", json.Take()));
}

void LiveHub::Age(OpenTraces& open, Nanos now, const std::function<void(const TraceId&)>& tell) {
  std::erase_if(open.seen, [&](const auto& entry) {
    if (now - entry.second < Nanos(kLiveForNs)) return false;
    if (tell) tell(entry.first);
    return true;
  });
}

// Who has been silent for long goes on no more; its row says so from now on.
std::size_t LiveHub::CountOpen(Channel& channel, Nanos now) {
  OpenTraces& open = open_[channel.project];
  bool is_kept = true;  // once they are too many, all is loaded anew
  Age(open, now, [&](const TraceId& id) { is_kept = is_kept && Note(channel, id, now); });
  return open.seen.size();
}

}  // namespace repartee::server
