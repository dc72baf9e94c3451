// SpanHead: what a span's row tells again of its protobuf message: ids and times. They
// hardly compress, so a stored span leaves them out and gets them back when it is read.
//
// Thread: values.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "repartee/server/model/ids.h"

namespace repartee::server {

// The numbers are those on the disk.
enum class HeadField : std::uint8_t {
  kTraceId = 1,
  kSpanId,
  kParentId,
  kStart,
  kEnd
};
inline constexpr std::uint64_t kHeadFields = 5;

class SpanHead {
 public:
  SpanHead(const TraceId& trace_id, SpanId id, SpanId parent, std::int64_t start_ns, std::int64_t end_ns);
  // As the message has it.
  std::string_view Bytes(HeadField field) const;

 private:
  void PutBigEndian(std::size_t at, std::uint64_t value);
  void PutLittleEndian(std::size_t at, std::uint64_t value);

  std::array<char, 48> bytes_{};
};

struct HeadCut {
  std::size_t offset = 0;
  HeadField field = HeadField::kTraceId;
};

// Where the message says what the head says, in order. What differs, as a time that
// was mended when it came, stays in the message.
std::vector<HeadCut> FindHead(std::string_view message, const SpanHead& head);

}  // namespace repartee::server
