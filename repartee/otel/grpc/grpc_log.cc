#include "repartee/otel/grpc/grpc_log.h"

#include <grpc/support/log.h>

#include "repartee/base/log.h"

namespace repartee::otel {

void RouteGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* line) { LogDebug("grpc: {}", line->message); });
}

}  // namespace repartee::otel
