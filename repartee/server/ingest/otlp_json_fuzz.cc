// Any text: refused, or a request that the protobuf parser takes.
#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/ingest/otlp_json.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  repartee::Result<std::string> request = repartee::server::ProtobufFromOtlpJson(text);
  if (!request.ok()) return 0;
  if (!repartee::server::BuildBatch(1, *std::move(request), {}).ok()) __builtin_trap();
  return 0;
}
