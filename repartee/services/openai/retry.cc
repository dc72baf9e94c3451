#include "repartee/services/openai/retry.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "repartee/base/random.h"

namespace repartee::openai {
namespace {

// A number of milliseconds or seconds; a date is not read.
std::optional<Nanos> Number(std::string_view text, double unit_seconds) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(number >= 0 && number < 1e9)) return std::nullopt;
  return FromSeconds(number * unit_seconds);
}

}  // namespace

std::optional<Nanos> RetryAfter(const HttpHeaders& headers) {
  if (const auto wait = Number(headers.Get("retry-after-ms"), 1e-3)) return wait;
  return Number(headers.Get("retry-after"), 1);
}

bool MayRetry(const HttpResponse& head) {
  const std::string_view told = head.headers.Get("x-should-retry");
  if (told == "true") return true;
  if (told == "false") return false;
  return head.status == 408 || head.status == 409 || head.status == 429 || head.status >= 500;
}

Nanos Backoff(int retry) {
  const double seconds = std::min(8.0, 0.5 * std::pow(2.0, retry));
  const double random = static_cast<double>(RandomBits() >> 11) * 0x1.0p-53;
  return FromSeconds(seconds * (1 - 0.25 * random));
}

std::string WithoutSecret(std::string text, const std::string& secret) {
  if (secret.empty()) return text;
  constexpr std::string_view kStruckOut = "***";
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), kStruckOut);
    at += kStruckOut.size();
  }
  return text;
}

}  // namespace repartee::openai
