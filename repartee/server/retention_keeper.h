// RetentionKeeper: tells the store once an hour, and at the start, which days each
// project keeps, and frees what hung on the traces of days past, and recordings that are
// kept shorter.
//
// Thread: its own; construction and destruction from the owner's.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "repartee/base/clock.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/media/media_store.h"
#include "repartee/server/store/config_store.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// What each project keeps now; of one that keeps all nothing.
std::vector<KeptDays> KeptBy(const std::vector<Project>& projects, std::int64_t default_days,
                             std::int64_t now_ns);

class RetentionKeeper {
 public:
  // All are borrowed and outlive the keeper.
  RetentionKeeper(Store& store, const KeyStore& keys, ConfigStore& config, MediaStore& media,
                  std::int64_t default_days);
  ~RetentionKeeper();

 private:
  void Run();
  // Media and comments of what a project keeps no more.
  Status Free(const KeptDays& kept);

  Store& store_;
  const KeyStore& keys_;
  ConfigStore& config_;
  MediaStore& media_;
  const std::int64_t default_days_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;     // last: runs on the members above
};

}  // namespace repartee::server
