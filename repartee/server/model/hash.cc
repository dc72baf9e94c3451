#include "repartee/server/model/hash.h"

#include <cstring>

namespace repartee::server {
namespace {

constexpr std::uint64_t kFirst = 0xa0761d6478bd642fULL;
constexpr std::uint64_t kSecond = 0xe7037ed1a0b428dbULL;

std::uint64_t Fold(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t Load(const char* from) {
  std::uint64_t value = 0;
  std::memcpy(&value, from, 8);
  return value;
}

}  // namespace

std::uint64_t Hash64(std::string_view bytes, std::uint64_t seed) {
  std::uint64_t state = seed ^ kFirst;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 16; left -= 16, at += 16) state = Fold(Load(at) ^ kFirst ^ state, Load(at + 8) ^ kSecond);
  char tail[16] = {};
  if (left > 0) std::memcpy(tail, at, left);
  state = Fold(Load(tail) ^ kFirst ^ state, Load(tail + 8) ^ kSecond);
  return Fold(state ^ kSecond, static_cast<std::uint64_t>(bytes.size()) ^ kFirst);
}

}  // namespace repartee::server
