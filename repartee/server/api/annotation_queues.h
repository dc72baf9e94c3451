// Queues of what people are to judge: /api/public/annotation-queues. Thread: constants.
#pragma once

#include <span>

#include "repartee/server/api/route.h"

namespace repartee::server {

std::span<const Route> AnnotationQueueRoutes();

}  // namespace repartee::server
