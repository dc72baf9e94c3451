// FileExporter: appends each batch to a file as one line of OTLP's JSON, for archives,
// for collectors that read files (otlpjsonfile), and for looking into with jq.
//
// A batch is written whole or its rest is cut off again, so each line is complete. Thread: the
// exporter's loop; the disk may block it.
#pragma once

#include <string>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/otel/span_processor.h"

namespace repartee::otel {

class FileExporter final : public SpanExporter {
 public:
  // Appends to `path`; made with its first batch.
  explicit FileExporter(std::string path) : path_(std::move(path)) {}
  ~FileExporter() override;

  void Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) override;

 private:
  Status Append(const std::string& line);

  const std::string path_;
  int file_ = -1;
};

}  // namespace repartee::otel
