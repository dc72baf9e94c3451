// The first part of an answer as the HTTP server writes it. Internal to net/.
// Thread: any.
#pragma once

#include <string>
#include <string_view>

#include "repartee/net/http.h"

namespace repartee {

// Status line, Date, `headers` without the fields that are the server's own, then
// `own_fields` (whole lines) and the empty line.
std::string WriteResponseHead(int status, const HttpHeaders& headers, std::string_view own_fields);

// Answers of that status have no body, whatever the handler gave.
bool HasNoHttpBody(int status);

}  // namespace repartee
