#include "repartee/base/random.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cstdlib>

namespace repartee {
namespace {

std::mt19937_64& Generator() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator;
}

}  // namespace

std::uint64_t RandomBits() { return Generator()(); }

void SeedRandom(std::uint64_t seed) { Generator().seed(seed); }

std::string RandomUuid() {
  const std::uint64_t high = (RandomBits() & 0xffffffffffff0fffULL) | 0x4000ULL;
  const std::uint64_t low = (RandomBits() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff,
                     low >> 48, low & 0xffffffffffffULL);
}

std::string SecureRandomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = getrandom(bytes.data() + done, count - done, 0);
    if (got < 0) std::abort();  // no randomness: nothing safe can be made
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace repartee
