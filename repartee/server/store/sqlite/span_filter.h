// SpanFilter: a small set of span ids that may answer yes wrongly (1 in 100) and
// never no wrongly: 10 bits an id instead of an index. Thread: values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "repartee/server/model/ids.h"

namespace repartee::server {

std::string MakeSpanFilter(std::span<const SpanId> ids);
bool MayContain(std::string_view filter, SpanId id);

}  // namespace repartee::server
