// The public API's own description. Thread: a constant.
#pragma once

#include <string_view>

namespace repartee::server {

// OpenAPI 3.1, JSON.
extern const std::string_view kOpenApiDocument;

}  // namespace repartee::server
