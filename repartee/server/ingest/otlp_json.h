// OTLP in JSON, as JavaScript's exporters send it, brought to the protobuf form that
// the rest of the server reads.
//
// Ids stay the texts they are: one that is not lower-case hex of the usual length
// becomes the hash of its text and travels beside it in an attribute of this server's own.
//
// Thread: a reader belongs to one thread; it keeps its tables between requests.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::server {

// The bytes of an ExportTraceServiceRequest. Malformed if `json` is no JSON, is nested
// deeper than kMaxValueNesting allows, or is no traces export; the text says where.
Result<std::string> ProtobufFromOtlpJson(std::string_view json);

}  // namespace repartee::server
