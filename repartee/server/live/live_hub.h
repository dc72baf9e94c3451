// LiveHub: the event stream of the dashboard. The store tells which traces a commit
// changed; the hub looks them up, at most four times a second each, and tells every
// watcher of the project what is new.
//
// Nothing waits for a watcher: one whose queue is full is let go and comes back with
// the last id it saw. What it missed is told again, or "reset" if that is not kept.
// A project without a watcher costs a look-up a commit. Once a second each watcher is
// asked for: one that may watch no more (signed out, key revoked) is let go.
//
// Thread: any. The hub has a thread of its own; look-ups run on the store's readers.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/net/http_server.h"
#include "repartee/server/live/change_queue.h"
#include "repartee/server/live/event_ring.h"
#include "repartee/server/live/painter.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

inline constexpr std::size_t kMaxWatchers = 64;

class LiveHub {
 public:
  // Watches the store, which is borrowed and outlives the hub.
  explicit LiveHub(Store& store, const Clock& clock = Clock::System());
  ~LiveHub();

  // Asked on the hub's thread; may wait for a file.
  using MayWatch = std::function<bool()>;
  // Answers with the stream of the project's events; 503 when there are kMaxWatchers.
  // `last_event_id`: the last one that this watcher saw, empty for a new one.
  void Watch(ProjectKey project, const std::string& last_event_id, MayWatch may_watch,
             HttpResponder responder);
  // The same for a stream that stands already. False when there are too many.
  bool AddWatcher(ProjectKey project, const std::string& last_event_id, MayWatch may_watch,
                  std::shared_ptr<HttpStream> stream);

  // Ends the streams, waits for look-ups under way, joins. Idempotent.
  void Stop();

 private:
  struct Watcher {
    std::shared_ptr<HttpStream> stream;  // shared with the connection
    MayWatch may_watch;
  };
  // What the watchers of one project share; goes a while after the last one.
  struct Channel {
    explicit Channel(ProjectKey key);
    const ProjectKey project;
    EventRing ring;
    ChangeQueue changes;
    Painter painter;  // used by the look-up under way alone
    bool looking_up = false;
    std::vector<Watcher> watchers;
    Nanos empty_since{0};
    std::uint64_t spans = 0;             // since the last stats
    std::optional<Nanos> oldest_change;  // that has not been told
    std::optional<Nanos> lag;            // the longest since the last stats
  };
  struct OpenTraces {
    std::unordered_map<TraceId, Nanos> seen;  // at most kMaxOpenTraces
    Nanos next_ageing{0};                     // while nobody watches
  };

  void OnCommit(std::span<const TraceChange> changes);
  void Run();
  // True once a second.
  bool Tick(Nanos now);
  // Asks without the lock, which commits wait for.
  void EndRefused(std::unique_lock<std::mutex>& lock);
  void StartLookUp(Channel& channel, Nanos now);
  void LookUp(Channel& channel, const std::vector<TraceId>& ids, StoreReader& reader);
  void Tell(Channel& channel, const std::string& text);
  void TellStats(Channel& channel, Nanos now);
  // False if that was one too many: then all load anew.
  bool Note(Channel& channel, const TraceId& id, Nanos now);
  // Forgets those that have been silent for long, and tells which; `tell` may be empty.
  static void Age(OpenTraces& open, Nanos now, const std::function<void(const TraceId&)>& tell);
  std::size_t CountOpen(Channel& channel, Nanos now);

  Store& store_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<ProjectKey, std::unique_ptr<Channel>> channels_;  // guarded by mutex_
  std::map<ProjectKey, OpenTraces> open_;                    // guarded by mutex_
  std::size_t watchers_ = 0;                                 // guarded by mutex_; at most kMaxWatchers
  std::size_t look_ups_ = 0;                                 // guarded by mutex_
  Nanos next_stats_{0};                                      // of the hub's thread
  Nanos next_heartbeat_{0};                                  // of the hub's thread
  bool stopping_ = false;                                    // guarded by mutex_
  std::thread thread_;                                       // last: runs on the members above
};

}  // namespace repartee::server
