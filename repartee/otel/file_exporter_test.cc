#include "repartee/otel/file_exporter.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "repartee/base/json.h"

namespace repartee::otel {
namespace {

std::vector<SpanPtr> OneSpan(std::string name) {
  auto span = std::make_shared<SpanData>();
  span->name = std::move(name);
  span->context = {.trace_id = RandomTraceId(), .span_id = RandomSpanId(), .sampled = true};
  return {span};
}

Status Export(FileExporter& exporter, std::string name) {
  Status status = Status::Internal("never answered");
  exporter.Export(OneSpan(std::move(name)), std::chrono::seconds(1),
                  [&status](ExportResult result) { status = std::move(result.status); });
  return status;
}

TEST(FileExporter, AppendsALineABatchAlsoToAFileThatIsThere) {
  const std::string path = ::testing::TempDir() + "file_exporter_test.jsonl";
  std::filesystem::remove(path);
  {
    FileExporter first(path);
    EXPECT_TRUE(Export(first, "one").ok());
    EXPECT_TRUE(Export(first, "two").ok());
  }
  FileExporter second(path);
  EXPECT_TRUE(Export(second, "three").ok());

  std::ifstream file(path);
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);)
    names.push_back((*ParseJson(line))["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"]);
  EXPECT_THAT(names, ::testing::ElementsAre("one", "two", "three"));
  std::filesystem::remove(path);
}

TEST(FileExporter, SaysWhichFileCannotBeWrittenAndWhy) {
  FileExporter exporter("/nowhere/spans.jsonl");

  const Status status = Export(exporter, "one");

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("/nowhere/spans.jsonl"));
  EXPECT_THAT(status.message(), ::testing::HasSubstr("No such file"));
}

TEST(FileExporter, AFullDiskLosesTheBatchAndLeavesNoHalfLine) {
  FileExporter exporter("/dev/full");

  EXPECT_THAT(Export(exporter, "one").message(), ::testing::HasSubstr("No space left"));
}

}  // namespace
}  // namespace repartee::otel
