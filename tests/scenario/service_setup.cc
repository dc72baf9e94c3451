#include "tests/scenario/service_setup.h"

#include "repartee/conversation/context_aggregators.h"
#include "repartee/services/cartesia/service.h"
#include "repartee/services/deepgram/service.h"
#include "repartee/services/openai/service.h"
#include "tests/scenario/case_setup.h"
#include "tests/scenario/scripted_functions.h"

namespace repartee::scenario {
namespace {

struct ServiceSpec {
  std::string class_name;
  std::string api_key;
  Json settings = Json::object();
};

Status ReadSpec(const Json& given, ServiceSpec& spec) {
  ObjectReader read(given, "service");
  read.Required("class", spec.class_name);
  read.Required("api_key", spec.api_key);
  read("settings", spec.settings);
  return read.Finish();
}

Status ReadContext(const Json& given, LLMContext& context) {
  Json messages = Json::array();
  Json tools = Json::array();
  ObjectReader read(given, "context");
  read("messages", messages);
  read("tools", tools);
  read.Note("messages", context.SetMessages(std::move(messages)));
  read.Note("tools", context.SetTools(std::move(tools)));
  return read.Finish();
}

Status MakeOpenAi(ServiceSpec spec, const std::string& url, std::vector<ScriptedFunction> functions,
                  ServiceSetup& setup) {
  if (url.empty()) return Status::InvalidArgument("--openai-url is needed for {}", spec.class_name);
  OpenAILLMOptions options;
  options.settings = std::move(spec.settings);
  options.chat.base_url = url;
  options.chat.api_key = std::move(spec.api_key);
  auto service = std::make_unique<OpenAILLMService>(std::move(options));
  RegisterFunctions(*service, std::move(functions));
  LLMContextAggregatorPair aggregators = MakeContextAggregators(setup.context);
  setup.before.push_back(std::move(aggregators.user));
  setup.service = std::move(service);
  setup.behind.push_back(std::move(aggregators.assistant));
  return OkStatus();
}

Status MakeDeepgram(ServiceSpec spec, const std::string& url, ServiceSetup& setup) {
  if (url.empty()) return Status::InvalidArgument("--deepgram-url is needed for {}", spec.class_name);
  DeepgramSTTOptions options;
  options.settings = std::move(spec.settings);
  options.client.base_url = url;
  options.client.api_key = std::move(spec.api_key);
  setup.service = std::make_unique<DeepgramSTTService>(std::move(options));
  return OkStatus();
}

Status MakeCartesia(ServiceSpec spec, const std::string& url, ServiceSetup& setup) {
  if (url.empty()) return Status::InvalidArgument("--cartesia-url is needed for {}", spec.class_name);
  CartesiaTTSOptions options;
  options.settings = std::move(spec.settings);
  options.client.url = url;
  options.client.api_key = std::move(spec.api_key);
  setup.service = std::make_unique<CartesiaTTSService>(std::move(options));
  return OkStatus();
}

// By the class that the scenario names.
Status MakeService(ServiceSpec spec, const ServiceUrls& urls, std::vector<ScriptedFunction> functions,
                   ServiceSetup& setup) {
  if (spec.class_name == "DeepgramSTTService") return MakeDeepgram(std::move(spec), urls.deepgram, setup);
  if (spec.class_name == "CartesiaTTSService") return MakeCartesia(std::move(spec), urls.cartesia, setup);
  if (spec.class_name != "OpenAILLMService") {
    return Status::InvalidArgument("service class \"{}\" is not one that this tool can play",
                                   spec.class_name);
  }
  if (!setup.context) return Status::InvalidArgument("{} needs a context", spec.class_name);
  return MakeOpenAi(std::move(spec), urls.openai, std::move(functions), setup);
}

}  // namespace

Result<ServiceSetup> BuildService(ObjectReader& read, const ServiceUrls& urls) {
  ServiceSetup setup;
  ServiceSpec spec;
  Json service;
  Json pipeline = Json::object();
  std::optional<Json> context;
  read.Required("service", service);
  read("pipeline", pipeline);
  read("context", context);
  std::vector<ScriptedFunction> functions = ReadFunctions(read, "functions");
  read.Note("service", ReadSpec(service, spec));
  ObjectReader params(pipeline, "pipeline");
  ReadPipelineParams(params, setup.params);
  read.Note("pipeline", params.Finish());
  if (context) {
    setup.context = std::make_shared<LLMContext>();
    read.Note("context", ReadContext(*context, *setup.context));
  }
  if (Status status = MakeService(std::move(spec), urls, std::move(functions), setup); !status.ok()) {
    return status;
  }
  return setup;
}

}  // namespace repartee::scenario
