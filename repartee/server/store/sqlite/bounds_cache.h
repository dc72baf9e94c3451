// BoundsCache: when the traces of a project in a day file began and how many there are, as the
// last look at the file told, good until the file changes. Lists ask it of every day, and most
// days are over: else each of them would be opened for each list.
//
// Thread: that of its owner.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "repartee/server/model/saturating.h"
#include "repartee/server/store/trace_scope.h"

namespace repartee::server {

struct DayBounds {
  int day = 0;
  std::int64_t first_start = 0;
  std::int64_t last_start = 0;
  std::size_t traces = 0;       // of the project; 0: it has none there
  std::int64_t longest_ns = 0;  // no trace takes longer
  std::int64_t lead_ns = 0;     // no span begins earlier before its trace

  // Whether all of them began within the scope's time.
  bool AreWithin(const TraceScope& scope) const;
  // No span begins before or behind.
  std::int64_t first_span() const { return SaturatingAdd(first_start, -lead_ns); }
  std::int64_t last_span() const { return SaturatingAdd(last_start, longest_ns); }
};

class BoundsCache {
 public:
  // Size and time of the last change of a database file and of its log.
  struct FileState {
    std::int64_t changed_ns[2] = {0, 0};
    std::int64_t bytes[2] = {0, 0};
    friend bool operator==(const FileState&, const FileState&) = default;
  };
  // Taken before the file is read.
  static FileState StateOf(const std::string& path);

  // Null if it is not known any more.
  const DayBounds* Find(ProjectKey project, int day, const FileState& state) const;
  // `now_ns` is the wall's. Nothing is kept of a file that changed a moment ago: it may change
  // again without showing it.
  void Keep(ProjectKey project, const DayBounds& bounds, const FileState& state, std::int64_t now_ns);
  void Clear() { kept_.clear(); }

 private:
  struct Kept {
    DayBounds bounds;
    FileState state;
  };
  std::map<std::pair<int, ProjectKey>, Kept> kept_;  // at most kMaxKept
};

}  // namespace repartee::server
