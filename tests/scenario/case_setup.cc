#include "tests/scenario/case_setup.h"

#include <algorithm>

#include "repartee/pipeline/filters.h"
#include "repartee/pipeline/parallel_pipeline.h"
#include "repartee/pipeline/sync_parallel_pipeline.h"
#include "tests/scenario/case_aggregators.h"
#include "tests/scenario/object_reader.h"
#include "tests/scenario/test_processors.h"

namespace repartee::scenario {
namespace {

Status ReadWorker(const Json& json, PipelineParams& params) {
  ObjectReader worker(json, "worker");
  Json given = Json::object();
  worker("params", given);
  if (Status status = worker.Finish(); !status.ok()) return status;
  ObjectReader read(given, "worker's params");
  ReadPipelineParams(read, params);
  return read.Finish();
}

class Builder {
 public:
  Builder(CaseSetup& setup, CaseLog& log) : setup_(setup), log_(log) {}

  Result<std::vector<FrameProcessor*>> Row(const std::vector<Json>& entries) {
    std::vector<FrameProcessor*> row;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      Made made = Processor(entries[i]);
      if (!made.ok()) return std::move(made).status().Annotate("processor {}", i);
      row.push_back(setup_.owned.emplace_back(*std::move(made)).get());
    }
    return row;
  }

 private:
  using Made = Result<ProcessorPtr>;

  Made Processor(const Json& entry) {
    if (entry.is_object() && entry.contains("test")) return MakeTestProcessor(entry, log_);
    std::string name;
    ObjectReader read(entry, "processor");
    read.Required("class", name);
    Made made = OfClass(name, read);
    if (!made.ok()) return made;
    if (Status status = read.Finish(); !status.ok()) return status;
    return made;
  }

  Made OfClass(const std::string& name, ObjectReader& read) {
    if (name == "ParallelPipeline") return Parallel<ParallelPipeline>(read);
    if (name == "SyncParallelPipeline") return Parallel<SyncParallelPipeline>(read);
    if (name == "IdentityFilter") return ProcessorPtr(std::make_unique<IdentityFilter>());
    if (name == "NullFilter") return ProcessorPtr(std::make_unique<NullFilter>());
    if (name == "LLMUserAggregator") return MakeUserAggregator(read, setup_.context, log_);
    if (name == "LLMAssistantAggregator") return MakeAssistantAggregator(read, setup_.context, log_);
    return Status::InvalidArgument("unknown processor class \"{}\"", name);
  }

  template <class Kind>
  Made Parallel(ObjectReader& read) {
    std::vector<std::vector<Json>> given;
    read.Required("branches", given);
    std::vector<std::vector<FrameProcessor*>> branches;
    for (const std::vector<Json>& branch : given) {
      Result<std::vector<FrameProcessor*>> row = Row(branch);
      if (!row.ok()) return std::move(row).status();
      branches.push_back(*std::move(row));
    }
    return ProcessorPtr(std::make_unique<Kind>(branches));
  }

  CaseSetup& setup_;
  CaseLog& log_;
};

Status CheckAlso(const CaseSetup& setup) {
  static constexpr std::string_view kKnown[] = {"context", "context_roles", "context_roles_and_text",
                                                "audio_writes"};
  for (const std::string& key : setup.also) {
    if (std::ranges::find(kKnown, key) == std::end(kKnown)) {
      return Status::InvalidArgument("also: unknown \"{}\"", key);
    }
    if (key.starts_with("context") && !setup.context)
      return Status::InvalidArgument("also: there is no context");
  }
  return OkStatus();
}

}  // namespace

void ReadPipelineParams(ObjectReader& read, PipelineParams& params) {
  read("audio_in_sample_rate", params.audio_in_sample_rate);
  read("audio_out_sample_rate", params.audio_out_sample_rate);
  read("enable_metrics", params.enable_metrics);
  read("enable_usage_metrics", params.enable_usage_metrics);
  read("report_only_initial_ttfb", params.report_only_initial_ttfb);
  read("send_initial_empty_metrics", params.send_initial_empty_metrics);
  read("enable_heartbeats", params.enable_heartbeats);
  read.Seconds("heartbeats_period_secs", params.heartbeats_period);
  read.Seconds("heartbeats_monitor_secs", params.heartbeats_monitor);
}

Result<CaseSetup> BuildCase(const Json& setup_spec, CaseLog& log) {
  CaseSetup setup;
  Json worker = Json::object();
  std::optional<Json> context;
  std::vector<Json> processors;
  ObjectReader read(setup_spec, "setup_spec");
  read("worker", worker);
  read("context", context);
  read.Required("processors", processors);
  read("also", setup.also);
  if (context) {
    Json messages = Json::array();
    ObjectReader given(*context, "context");
    given("messages", messages);
    given.Note("messages", LLMContext::CheckMessages(messages));
    if (Status status = given.Finish(); !status.ok()) return status;
    setup.context = std::make_shared<LLMContext>(std::move(messages));
  }
  if (Status status = read.Finish(); !status.ok()) return status;
  if (Status status = ReadWorker(worker, setup.params); !status.ok()) return status;
  if (Status status = CheckAlso(setup); !status.ok()) return status;
  Result<std::vector<FrameProcessor*>> row = Builder(setup, log).Row(processors);
  if (!row.ok()) return std::move(row).status();
  setup.processors = *std::move(row);
  return setup;
}

}  // namespace repartee::scenario
