#include "repartee/otel/span_data.h"

#include <cstring>

#include "repartee/base/encoding.h"
#include "repartee/base/random.h"

namespace repartee::otel {
namespace {

template <std::size_t N>
Id<N> RandomId() {
  Id<N> id;
  do {
    for (std::size_t i = 0; i < N; i += 8) {
      const std::uint64_t bits = RandomBits();
      std::memcpy(id.bytes.data() + i, &bits, 8);
    }
  } while (!id.valid());
  return id;
}

}  // namespace

template <std::size_t N>
std::string Id<N>::ToHex() const {
  return HexEncode(view());
}
template struct Id<16>;
template struct Id<8>;

TraceId RandomTraceId() { return RandomId<16>(); }
SpanId RandomSpanId() { return RandomId<8>(); }

bool IsProvisional(const SpanData& span) {
  const AttributeValue* mark = FindAttribute(span.attributes, kProvisionalKey);
  const bool* set = mark ? mark->As<bool>() : nullptr;
  return set && *set;
}

}  // namespace repartee::otel
