#include "tests/scenario/trace_player.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "repartee/base/encoding.h"
#include "repartee/net/http_client.h"
#include "repartee/tracing/setup.h"
#include "tests/scenario/scripted_conversation.h"
#include "tests/scenario/trace_collector.h"

namespace repartee::scenario {
namespace {

constexpr Nanos kLimit = std::chrono::hours(24);
constexpr Nanos kFlushLimit = std::chrono::seconds(60);

otel::Environment MakeEnvironment(const TraceScript& script, TracingMode mode, int collector_port) {
  std::map<std::string, std::string> variables{
      {"HOSTNAME", "golden-host"},
      {"OTEL_EXPORTER_OTLP_ENDPOINT", fmt::format("http://127.0.0.1:{}/api/public/otel", collector_port)},
      {"OTEL_EXPORTER_OTLP_HEADERS",
       "Authorization=Basic%20" + Base64Encode("pk-lf-1234567890:sk-lf-1234567890")},
      {"REPARTEE_TRACING_MODE", mode == TracingMode::kPipecat ? "pipecat" : "extended"}};
  for (const auto& [name, value] : script.environment) variables[name] = value;
  return otel::Environment::Of(std::move(variables));
}

// A span belongs to the conversation whose id its trace tells, else to the first.
std::vector<int> CountSpans(const Json& requests, const TraceScript& script) {
  std::map<std::string, std::string> ids;    // by trace
  std::map<std::string, int> spans;          // by trace
  std::map<std::string, std::size_t> known;  // conversations by id
  for (std::size_t i = 0; i < script.conversations.size(); ++i)
    known.emplace(script.conversations[i].task.conversation_id, i);
  std::map<std::pair<std::string, std::string>, int> seen;
  for (const Json& request : requests) {
    for (const Json& resource : request.value("resourceSpans", Json::array())) {
      for (const Json& scope : resource.value("scopeSpans", Json::array())) {
        for (const Json& span : scope.value("spans", Json::array())) {
          const std::string trace = span.value("traceId", "");
          // A provisional span comes again at its end.
          if (seen[{trace, span.value("spanId", "")}]++ == 0) ++spans[trace];
          for (const Json& attribute : span.value("attributes", Json::array())) {
            if (attribute["key"] == "conversation.id")
              ids[trace] = attribute["value"].value("stringValue", "");
          }
        }
      }
    }
  }
  std::vector<int> counts(script.conversations.size());
  for (const auto& [trace, count] : spans) {
    const auto found = known.find(ids[trace]);
    counts[found == known.end() ? 0 : found->second] += count;
  }
  return counts;
}

}  // namespace

PlayedTrace PlayTrace(const TraceScript& script, TracePlayOptions options) {
  PlayedTrace played;
  TraceCollector collector(script.answers);
  played.status = collector.Listen();
  if (!played.status.ok()) return played;
  EventLoop loop(EventLoop::Time::kVirtual);
  const otel::Environment environment = MakeEnvironment(script, options.mode, collector.port());
  TracingSetup setup;
  setup.service_name = "pipecat-demo";
  setup.exporter = otel::OtlpHttpExporter::FromEnvironment(environment);
  setup.loop = &loop;
  // As for Pipecat a set-up that fails leaves the conversations untraced.
  static_cast<void>(SetupTracing(std::move(setup), environment));
  {
    std::vector<std::unique_ptr<ScriptedConversation>> conversations;
    for (const ConversationScript& conversation : script.conversations) {
      const int number = static_cast<int>(conversations.size()) + 1;
      const ScriptedConversation::Options how{
          .number = number, .verbose = options.verbose, .zero = loop.now()};
      conversations.push_back(std::make_unique<ScriptedConversation>(loop, conversation, how));
    }
    const auto all_done = [&conversations] {
      return std::all_of(conversations.begin(), conversations.end(),
                         [](const auto& one) { return one->done(); });
    };
    if (!loop.RunUntil(all_done, kLimit))
      played.status = Status::DeadlineExceeded("nothing happens any more");
    for (const auto& conversation : conversations) {
      if (played.status.ok()) played.status = conversation->status();
    }
  }
  ShutdownTracing(kFlushLimit);
  if (played.status.ok()) played.status = collector.fault();
  played.requests = collector.requests();
  played.bodies = collector.bodies();
  played.spans = CountSpans(played.requests, script);
  return played;
}

Status SendOn(const std::vector<std::string>& bodies, const std::string& url) {
  const otel::Environment environment;
  std::vector<std::string> warnings;
  const auto headers = otel::ParseOtlpHeaders(environment.Get("OTEL_EXPORTER_OTLP_HEADERS"), warnings);
  for (const std::string& body : bodies) {
    HttpRequest request;
    request.method = "POST";
    request.target = otel::TracesUrl(url);
    request.headers.Add("Content-Type", "application/x-protobuf");
    for (const auto& [name, value] : headers) request.headers.Set(name, value);
    request.body = body;
    const auto answer = FetchBlocking(std::move(request));
    if (!answer.ok()) return Status(answer.status()).Annotate("--otlp");
    if (answer->status < 200 || answer->status > 299)
      return Status::Unavailable("--otlp: answered with {}", answer->status);
  }
  return OkStatus();
}

}  // namespace repartee::scenario
