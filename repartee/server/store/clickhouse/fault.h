// What ClickHouse says when it refuses: a code of its own and a text, which came as
// "Code: 60, e.displayText() = DB::Exception: ..." in 2018 and comes as "Code: 60.
// DB::Exception: ..." today.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::server::clickhouse {

// The number behind "Code:" at the start of an answer; nothing if it does not begin so.
std::optional<int> FaultCode(std::string_view body);

// An answer whose HTTP status is not 200, as a Status of one line that keeps ClickHouse's code
// and text, at most 400 bytes of it:
//   Unauthenticated, PermissionDenied   who we are, what we may
//   NotFound                            a table or database that is not there
//   ResourceExhausted                   the query looks at too much, takes too long or too much memory
//   Unavailable                         it may do it later: overload, no quorum, read-only, no Keeper
//   Internal                            all else, such as SQL that it does not understand
Status FaultOf(int http_status, std::string_view body);

}  // namespace repartee::server::clickhouse
