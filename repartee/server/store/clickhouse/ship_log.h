// ShipLog: what a node has acknowledged and ClickHouse does not have yet, on this machine's
// disk. Rows are appended to a segment; a closed segment is sent as one block and removed.
// A segment never changes once it is closed, and after a restart nothing is appended to what
// was there, so a block has the same rows however often it is sent.
//
//   segment = NNNNNNNNNNNNNNNNNNNN.ship := "repartee ship log 1\n" { record }
//   record  := u32 bytes of body, u64 hash of body, body        (least byte first)
//   body    := u32 spans, u32 bytes of span rows, span rows, day rows
//
// A crash may leave a record half written at the end of the last segment: nobody was told
// that it is stored, and it is cut off at the next start. Full (bytes): ResourceExhausted.
// Thread: any; calls wait for each other and for the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"

namespace repartee::server::clickhouse {

// Rows of one request, or of many: in RowBinary, for `span` and for `trace_day` (span_rows.h).
struct ShipRows {
  std::uint32_t spans = 0;
  std::string span_rows;
  std::string day_rows;
};

inline constexpr std::string_view kSegmentStart = "repartee ship log 1\n";
std::string EncodeShipRecord(const ShipRows& rows);

struct ParsedSegment {
  ShipRows rows;                // of all its records
  std::size_t whole_bytes = 0;  // up to the end of the last whole record; behind it lies what is none
};
// Malformed if it is no segment at all.
Result<ParsedSegment> ParseSegment(std::string_view bytes);

struct ShipLogOptions {
  std::string folder;                      // made if missing
  std::uint64_t max_bytes = 4ULL << 30;    // of all segments together
  std::uint64_t segment_bytes = 32 << 20;  // one that has as many is closed
};

class ShipLog {
 public:
  // What an earlier process left is there to be sent. Unavailable when the folder cannot be used.
  static Result<std::unique_ptr<ShipLog>> Open(ShipLogOptions options);
  ~ShipLog();
  ShipLog(const ShipLog&) = delete;
  ShipLog& operator=(const ShipLog&) = delete;

  // On OK the rows are on the disk, all or none after a crash. ResourceExhausted when there is no room
  // within the bound or on the disk, Unavailable when the disk does not take them; then they may still be
  // sent.
  Status Append(const std::vector<ShipRows>& group);
  // What Append would say of so many bytes of rows.
  Status Admits(std::size_t bytes) const;

  // What was appended since the last call makes a segment to be sent; nothing if there is none.
  void CloseSegment();
  // Of the segment that is open.
  std::uint32_t open_spans() const;

  // The number of the oldest closed segment behind that one; nothing if there is none.
  std::optional<std::uint64_t> Next(std::uint64_t after = 0) const;
  // Its rows. A damaged one gives what is whole of it, and is kept as NAME.damaged when it is removed.
  Result<ShipRows> Read(std::uint64_t number);
  // It has been sent.
  Status Remove(std::uint64_t number);

  // Of all segments, as they count for the bound.
  std::uint64_t bytes() const;

 private:
  explicit ShipLog(ShipLogOptions options) : options_(std::move(options)) {}
  Status Load();
  Status MendLast(std::uint64_t number);
  std::string PathOf(std::uint64_t number) const;
  Status AdmitsLocked(std::size_t bytes) const;
  Status OpenSegment();
  void CloseLocked();

  const ShipLogOptions options_;
  mutable std::mutex mutex_;
  std::set<std::uint64_t> closed_;   // guarded by mutex_, as all that follows
  std::set<std::uint64_t> damaged_;  // of these
  std::uint64_t next_ = 1;
  int file_ = -1;  // the open segment, number next_ - 1; -1: none
  std::uint32_t open_spans_ = 0;
  std::uint64_t open_bytes_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace repartee::server::clickhouse
