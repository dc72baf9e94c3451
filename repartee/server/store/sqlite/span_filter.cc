#include "repartee/server/store/sqlite/span_filter.h"

namespace repartee::server {
namespace {

constexpr std::size_t kBitsPerId = 10;
constexpr int kProbes = 7;

// Calls `f` with each bit of the id until it returns false.
template <class F>
bool ForEachBit(std::size_t bits, SpanId id, F&& f) {
  // Two halves of a mixed id make all probes (double hashing).
  std::uint64_t mixed = (id ^ (id >> 31)) * 0x9E3779B97F4A7C15ULL;
  mixed ^= mixed >> 29;
  const std::uint64_t step = (mixed >> 32) | 1;
  for (int i = 0; i < kProbes; ++i, mixed += step) {
    if (!f(static_cast<std::size_t>((mixed & 0xffffffff) % bits))) return false;
  }
  return true;
}

}  // namespace

std::string MakeSpanFilter(std::span<const SpanId> ids) {
  std::string filter((ids.size() * kBitsPerId + 7) / 8, '\0');
  for (const SpanId id : ids) {
    ForEachBit(filter.size() * 8, id, [&filter](std::size_t bit) {
      filter[bit / 8] = static_cast<char>(filter[bit / 8] | (1 << (bit % 8)));
      return true;
    });
  }
  return filter;
}

bool MayContain(std::string_view filter, SpanId id) {
  if (filter.empty()) return false;
  return ForEachBit(filter.size() * 8, id,
                    [filter](std::size_t bit) { return ((filter[bit / 8] >> (bit % 8)) & 1) != 0; });
}

}  // namespace repartee::server
