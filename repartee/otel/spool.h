// Spool: batches that could not be sent, kept in a directory until they can be; by this
// process or a later one.
//
//   file = "repartee-spool 1 " spans " " crc32-of-body "\n" body
//
// The body is an ExportTraceServiceRequest in protobuf. A file is written beside its place,
// synced and renamed, so one that is there is whole. Whoever holds a file's lock has it in
// hand, so processes may share a directory. A full spool (bytes, or 10,000 files) refuses
// what is new. Thread: one at a time; the disk may block it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::otel {

struct SpooledBatch {
  std::int64_t spans = 0;
  std::string body;
};

// A file's bytes. Malformed tells what is wrong with them.
Result<SpooledBatch> ParseSpoolFile(std::string_view bytes);
std::string EncodeSpoolFile(const SpooledBatch& batch);

class Spool {
 public:
  // Makes the directory (for its owner alone). Unavailable when it cannot be used.
  static Result<std::unique_ptr<Spool>> Open(std::string directory, std::uint64_t max_bytes);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // ResourceExhausted when the spool is full, Unavailable when the disk does not take it.
  Status Add(const SpooledBatch& batch);
  // Takes the oldest that no other process has in hand; nothing if there is none. A damaged file is named
  // in the log and set aside as NAME.corrupt.
  std::optional<SpooledBatch> TakeOldest();
  // What was taken is done with.
  void RemoveTaken();
  // These stand in the place of what was taken, which is done with; a full spool has room for them. On an
  // error what was taken stays in hand.
  Status ReplaceTaken(const SpooledBatch& first, const SpooledBatch& second);
  // What was taken is the oldest again.
  void PutBack();

  const std::string& directory() const { return directory_; }

 private:
  Spool(std::string directory, std::uint64_t max_bytes);

  std::string PathOf(const std::string& name) const { return directory_ + "/" + name; }
  void Look();
  Status CheckRoom(std::size_t bytes) const;
  // Its name, without directory.
  Result<std::string> Write(const std::string& bytes);
  // -1 if it has gone or another process has it.
  int Lock(const std::string& name) const;
  Result<SpooledBatch> ReadLocked(int file) const;
  void SetAside(const std::string& name, const Status& why) const;

  const std::string directory_;
  const std::uint64_t max_bytes_;
  std::uint64_t sequence_ = 0;
  std::deque<std::string> names_;  // as last looked, oldest first
  std::string taken_;
  int taken_file_ = -1;
};

}  // namespace repartee::otel
