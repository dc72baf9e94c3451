// DaySource: all that a day file holds, trace by trace in the order of their keys, for who takes
// it elsewhere. The file may be written to meanwhile.
//
// Thread: that of its owner.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/sqlite/span_body_reader.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

class DaySource {
 public:
  static Result<std::unique_ptr<DaySource>> Open(const std::string& folder, int day);

  // How many traces there are.
  Result<std::int64_t> Count();
  // Of all projects, those behind that key; INT64_MIN: from the first on.
  Result<std::vector<TraceRow>> Traces(std::int64_t after, std::size_t limit);

  struct Span {
    SpanRow row;
    SpanBody body;
  };
  // Of the trace of that key, also its entry: those with the stored id `first` (ToStored) and behind it.
  Result<std::deque<Span>> Spans(std::int64_t key, std::int64_t first, std::size_t limit);

 private:
  DaySource() = default;
  Result<std::deque<Span>> SpanRows(std::int64_t key, std::int64_t first, std::size_t limit);
  Result<std::string> Name(std::int64_t id);

  int day_ = 0;
  std::unique_ptr<Database> file_;
  Statement traces_, spans_, name_;
  std::unique_ptr<SpanBodyReader> bodies_;
  std::unordered_map<std::int64_t, std::string> names_;  // at most the day's dictionary
};

}  // namespace repartee::server
