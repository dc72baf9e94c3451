// Passwords as they are kept: a scrypt hash with its own salt and cost, so that the
// cost can be raised while old hashes stay good.
//
// Thread: any. A hash takes about a quarter of a second and 32 MiB: never on a
// connection's thread.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::server {

inline constexpr std::size_t kMinPasswordBytes = 8;
inline constexpr std::size_t kMaxPasswordBytes = 1'000;

// InvalidArgument says which bound a new password is beyond.
Status CheckNewPassword(std::string_view password);

// "scrypt$15$8$3$<salt>$<hash>": log2 N, r, p, then base64.
Result<std::string> HashPassword(std::string_view password);

// False also for a hash that cannot be read.
bool IsPassword(std::string_view password, std::string_view hash);

// Takes as long as IsPassword: for accounts that do not exist, so that time tells nothing.
void PretendToCheckPassword(std::string_view password);

}  // namespace repartee::server
