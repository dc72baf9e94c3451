// Whether a request without a key may be trusted to come from a page of ours.
//
// A web page elsewhere can make a browser send requests to this machine, also by
// pointing its own name at it; but Host and Origin then name that page.
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repartee/net/http.h"

namespace repartee::server {

// "localhost", "127.0.0.1:4318", "[::1]", "10.0.0.1".
bool IsLoopbackHost(std::string_view host_and_port);

// OK if Host, and Origin if there is one, are loopback or one of `public_urls`;
// PermissionDenied names the header at fault and what to do.
Status CheckHost(const HttpHeaders& headers, const std::vector<std::string>& public_urls);

}  // namespace repartee::server
