// TraceScope: which traces a question is about, in the terms that every list of them
// shares. What only one list knows stands in that list's own query.
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repartee/server/store/span_record.h"

namespace repartee::server {

struct TraceScope {
  ProjectKey project = 0;
  std::optional<std::int64_t> from_ns{};  // start >= from
  std::optional<std::int64_t> to_ns{};    // start < to
  std::optional<std::string> user_id{};
  std::optional<std::string> session_id{};
  std::optional<std::string> version{};
  std::optional<std::string> release{};
  std::vector<std::string> tags{};          // all of them
  std::vector<std::string> environments{};  // any of them
};

}  // namespace repartee::server
