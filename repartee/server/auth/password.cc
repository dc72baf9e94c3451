#include "repartee/server/auth/password.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "repartee/base/encoding.h"
#include "repartee/base/random.h"

namespace repartee::server {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
// scrypt needs 128 * N * r bytes and a little more; a stored cost beyond it is refused.
constexpr std::uint64_t kMaxMemory = 256 << 20;

struct ScryptCost {
  std::uint32_t log_n = 15;
  std::uint32_t r = 8;
  std::uint32_t p = 3;
};

// Nothing if the library refuses the cost.
std::optional<std::string> Scrypt(std::string_view password, std::string_view salt, const ScryptCost& cost) {
  if (cost.log_n == 0 || cost.log_n > 20) return std::nullopt;
  std::string hash(kHashBytes, '\0');
  const int done =
      EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                     salt.size(), std::uint64_t{1} << cost.log_n, cost.r, cost.p, kMaxMemory,
                     reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  if (done != 1) return std::nullopt;
  return hash;
}

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find('$');
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool ParseNumber(std::string_view text, std::uint32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Status CheckNewPassword(std::string_view password) {
  if (password.size() < kMinPasswordBytes)
    return Status::InvalidArgument("a password has at least {} characters", kMinPasswordBytes);
  if (password.size() > kMaxPasswordBytes)
    return Status::InvalidArgument("a password has at most {} bytes", kMaxPasswordBytes);
  return OkStatus();
}

Result<std::string> HashPassword(std::string_view password) {
  const ScryptCost cost;
  const std::string salt = SecureRandomBytes(kSaltBytes);
  const std::optional<std::string> hash = Scrypt(password, salt, cost);
  if (!hash) return Status::ResourceExhausted("a password could not be hashed: too little memory");
  return fmt::format("scrypt${}${}${}${}${}", cost.log_n, cost.r, cost.p, Base64Encode(salt),
                     Base64Encode(*hash));
}

bool IsPassword(std::string_view password, std::string_view hash) {
  const std::vector<std::string_view> parts = Split(hash);
  ScryptCost cost;
  if (parts.size() != 6 || parts[0] != "scrypt" || !ParseNumber(parts[1], cost.log_n) ||
      !ParseNumber(parts[2], cost.r) || !ParseNumber(parts[3], cost.p))
    return false;
  const Result<std::string> salt = Base64Decode(parts[4]);
  const Result<std::string> wanted = Base64Decode(parts[5]);
  if (!salt.ok() || !wanted.ok() || password.size() > kMaxPasswordBytes) return false;
  const std::optional<std::string> found = Scrypt(password, *salt, cost);
  return found && wanted->size() == found->size() &&
         CRYPTO_memcmp(found->data(), wanted->data(), found->size()) == 0;
}

void PretendToCheckPassword(std::string_view password) {
  (void)Scrypt(password.substr(0, kMaxPasswordBytes), std::string(kSaltBytes, 's'), ScryptCost{});
}

}  // namespace repartee::server
