#include "repartee/otel/wire/export_response.h"

#include "repartee/otel/wire/pull_parser.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::otel {

Result<PartialSuccess> ParseExportResponse(std::string_view body) {
  PartialSuccess result;
  internal::WireReader response(body);
  for (internal::WireField field; response.Next(field);) {
    if (field.number != 1 || field.type != 2) continue;
    internal::WireReader partial(field.bytes);
    for (internal::WireField inner; partial.Next(inner);) {
      if (inner.number == 1 && inner.type == 0) result.rejected = static_cast<std::int64_t>(inner.value);
      if (inner.number == 2 && inner.type == 2) result.message = ToValidUtf8(inner.bytes);
    }
    if (partial.broken()) return Status::Malformed("partial_success of the answer is cut or not protobuf");
  }
  if (response.broken()) return Status::Malformed("the answer is not an ExportTraceServiceResponse");
  return result;
}

std::string ParseStatusMessage(std::string_view body) {
  std::string message;
  internal::WireReader status(body);
  for (internal::WireField field; status.Next(field);) {
    if (field.number == 2 && field.type == 2) message = ToValidUtf8(field.bytes);
  }
  return status.broken() ? std::string() : message;
}

}  // namespace repartee::otel
