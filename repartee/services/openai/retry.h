// When a refused request is worth another try, and after how long: what OpenAI and the
// servers that speak like it have in common. Thread: pure functions; random ones use the thread's own.
#pragma once

#include <optional>
#include <string>

#include "repartee/base/clock.h"
#include "repartee/net/http.h"

namespace repartee::openai {

// As the server wishes (Retry-After-Ms, Retry-After); nothing if it says none, or a date.
std::optional<Nanos> RetryAfter(const HttpHeaders& headers);

// 408, 409, 429 and from 500 on, unless X-Should-Retry says otherwise.
bool MayRetry(const HttpResponse& head);

// 0.5 s, 1 s, ... up to 8 s, less a random quarter, so that callers do not come back all at once.
Nanos Backoff(int retry);

// `text` with each `secret` struck out.
std::string WithoutSecret(std::string text, const std::string& secret);

}  // namespace repartee::openai
