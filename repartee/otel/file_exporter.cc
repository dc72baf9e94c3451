#include "repartee/otel/file_exporter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "repartee/otel/wire/json_encoder.h"

namespace repartee::otel {
namespace {

std::string Reason() { return std::generic_category().message(errno); }

}  // namespace

FileExporter::~FileExporter() {
  if (file_ >= 0) close(file_);
}

void FileExporter::Export(std::vector<SpanPtr> spans, Nanos /*time_limit*/, Done done) {
  std::string line;
  EncodeTraceRequestJson(spans, line);
  line += '\n';
  done({.status = Append(line)});
}

Status FileExporter::Append(const std::string& line) {
  if (file_ < 0) file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) return Status::Unavailable("{}: cannot be opened for spans: {}", path_, Reason());
  struct stat before{};
  if (fstat(file_, &before) != 0) return Status::Unavailable("{}: {}", path_, Reason());
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = write(file_, line.data() + written, line.size() - written);
    if (count > 0) {
      written += static_cast<std::size_t>(count);
    } else if (count == 0 || errno != EINTR) {
      const Status status = Status::Unavailable("{}: spans cannot be written: {}", path_, Reason());
      // Half a line would spoil the next one.
      if (ftruncate(file_, before.st_size) != 0) return Status(status).Annotate("half a line is left");
      return status;
    }
  }
  return OkStatus();
}

}  // namespace repartee::otel
