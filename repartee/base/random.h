// Random bytes and the ids made of them. Replays and tests give a seed of their own.
//
// Thread: one generator a thread; RandomId and friends use the thread's own.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace repartee {

// 64 random bits from this thread's generator (seeded from the system once a thread).
std::uint64_t RandomBits();
// Makes this thread's ids repeatable.
void SeedRandom(std::uint64_t seed);
// Version 4, lower case, 36 characters.
std::string RandomUuid();
// `count` bytes from the operating system's own source: for keys and secrets.
std::string SecureRandomBytes(std::size_t count);

}  // namespace repartee
