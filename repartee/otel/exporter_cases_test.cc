// The 45 recorded cases of OpenTelemetry's Python exporter under Pipecat's set-up: the same
// variables, spans and answers of the collector, and the same requests; where Python departs
// from the specification, or loses what need not be lost, what ours does instead.
#include <gmock/gmock.h>

#include <fstream>
#include <functional>

#include "repartee/base/json.h"
#include "repartee/otel/collector_for_test.h"
#include "repartee/otel/otlp_http_exporter.h"
#include "repartee/otel/setup.h"

namespace repartee::otel {
namespace {

using std::chrono::seconds;

constexpr char kCaseWithoutSetup[] = "resource_env";  // made by the bare SDK, where the environment wins

const Json& RecordedCases() {
  static const Json* const cases = [] {
    std::ifstream file(std::string(REPARTEE_SOURCE_DIR) + "/tests/golden/tracing/exporter_behaviour.json");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    Result<Json> parsed = ParseJson(text);
    return new Json(parsed.ok() ? *std::move(parsed) : Json::object());
  }();
  return *cases;
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& [name, recorded] : RecordedCases().items()) names.push_back(name);
  return names;
}

Json Request(const std::string& path, int spans, const std::string& last) {
  return {{"path", path}, {"headers", Json::object()}, {"spans", spans}, {"first", "s0"}, {"last", last}};
}

// What ours does otherwise, and why.
const std::map<std::string, std::function<void(Json&)>>& Departures() {
  static const auto& departures = *new std::map<std::string, std::function<void(Json&)>>{
      // Quotes that a tool handed on are no part of a URL; Python loses every span.
      {"endpoint_quotes_kept",
       [](Json& c) { c["requests"] = Json::array({Request("/api/public/otel/v1/traces", 1, "s0")}); }},
      // The path is appended to the path.
      {"endpoint_with_query", [](Json& c) { c["requests"][0]["path"] = "/otel/v1/traces?x=1"; }},
      // Python cannot send a value beyond Latin-1 and loses every span.
      {"header_encoded_comma",
       [](Json& c) {
         c["requests"] = Json::array({Request("/v1/traces", 1, "s0")});
         c["requests"][0]["headers"] = {{"x-a", "1,2"}, {"x-b", "a=b"}, {"x-c", "\u20ac"}};
       }},
      // The variable is honoured.
      {"protocol_json_ignored",
       [](Json& c) { c["requests"][0]["headers"]["content-type"] = "application/json"; }},
      // The newest go when the queue is full, not the oldest.
      {"batch_queue_16_of_40",
       [](Json& c) {
         c["requests"][2]["first"] = "s16";
         c["requests"][2]["last"] = "s31";
       }},
      // An attribute over the limit is the one that goes.
      {"attr_limit",
       [](Json& c) {
         c["requests"][0]["span"]["attributes"] = {{"n", "int_value: 0"}, {"long", "string_value: \"01234567\""}};
       }},
      // Keys are percent-decoded as values are.
      {"resource_env", [](Json& c) {
         c["requests"][0]["resource"].erase("k%20x");
         c["requests"][0]["resource"]["k x"] = "a,b";
         c["requests"][0]["resource"].erase("service.instance.id");  // random there
       }}};
  return departures;
}

Json Expected(const std::string& name) {
  Json expected = RecordedCases()[name];
  const auto found = Departures().find(name);
  if (found != Departures().end()) found->second(expected);
  return expected;
}

// "int_value: 0", as Python prints an AnyValue.
std::string Shown(const opentelemetry::proto::common::v1::AnyValue& value) {
  if (value.has_string_value()) return "string_value: \"" + value.string_value() + "\"";
  if (value.has_bool_value()) return std::string("bool_value: ") + (value.bool_value() ? "true" : "false");
  return "int_value: " + std::to_string(value.int_value());
}

class RecordedExporterCase : public ::testing::TestWithParam<std::string> {
 protected:
  ~RecordedExporterCase() override { ShutdownTracing(); }

  std::string WithPort(std::string text) const {
    if (const auto at = text.find("{P}"); at != std::string::npos)
      text.replace(at, 3, std::to_string(collector_.port()));
    return text;
  }

  // Plays `send(COUNT, ...)`; how long the shutdown took in virtual time.
  Nanos Play(const Json& recorded) {
    std::map<std::string, std::string> variables;
    for (const auto& [name, value] : recorded["env"].items())
      variables[name] = WithPort(value.get<std::string>());
    for (const Json& answer : recorded["answers"]) {
      HttpHeaders headers;
      for (const auto& [name, value] : answer[1].items()) headers.Add(name, value.get<std::string>());
      collector_.Answer(answer[0].get<int>(), std::move(headers));
    }
    const Environment environment = Environment::Of(std::move(variables));
    const std::string code = recorded["code"].get<std::string>();
    ProviderSetup setup{.service_name = "pipecat-demo", .loop = &loop_};
    setup.mode = GetParam() == kCaseWithoutSetup ? TracingMode::kExtended : TracingMode::kPipecat;
    const auto url = code.find("endpoint='");
    if (url == std::string::npos) {
      setup.exporter = OtlpHttpExporter::FromEnvironment(environment);
    } else {
      const std::string given = code.substr(url + 10, code.rfind('\'') - url - 10);
      auto exporter = OtlpHttpExporter::Create({.url = WithPort(given)});
      EXPECT_TRUE(exporter.ok()) << exporter.status();
      setup.exporter = *std::move(exporter);
    }
    set_up_ = SetupProvider(std::move(setup), environment);
    const auto gap = code.find("gap=");
    SendSpans(std::stoi(code.substr(5)), gap == std::string::npos ? 0 : std::stod(code.substr(gap + 4)));
    const auto provider = GlobalTracerProvider();
    const Nanos begun = loop_.clock().MonotonicNow();
    ShutdownTracing(seconds(30));
    counters_ = provider->counters();
    return loop_.clock().MonotonicNow() - begun;
  }

  void SendSpans(int count, double gap_seconds) {
    const Tracer tracer = GlobalTracerProvider()->GetTracer("pipecat", loop_.clock());
    for (int i = 0; i < count; ++i) {
      Span span = tracer.StartSpan("s" + std::to_string(i));
      span.SetAttribute("n", i);
      span.SetAttribute("long", "0123456789abcdef");
      span.SetAttribute("third", true);
      span.End();
      if (gap_seconds > 0) loop_.RunFor(FromSeconds(gap_seconds));
    }
  }

  Collector collector_;
  EventLoop loop_{EventLoop::Time::kVirtual};
  bool set_up_ = false;
  ExportCounters counters_;
};

void CheckHeaders(const HttpRequest& request, const Json& expected) {
  for (const auto& [name, value] : expected.items()) {
    if (name == "user-agent" || name == "Content-Length") continue;
    EXPECT_EQ(request.headers.Get(name), value.get<std::string>()) << name;
  }
}

void CheckResource(const opentelemetry::proto::resource::v1::Resource& resource, const Json& expected) {
  std::map<std::string, std::string> values;
  for (const auto& attribute : resource.attributes())
    values[attribute.key()] = attribute.value().string_value();
  for (const auto& [name, value] : expected.items())
    EXPECT_EQ(values[name], value.get<std::string>()) << name;
}

void CheckSpan(const opentelemetry::proto::trace::v1::Span& span, const Json& expected) {
  std::map<std::string, std::string> attributes;
  for (const auto& attribute : span.attributes()) attributes[attribute.key()] = Shown(attribute.value());
  for (const auto& [name, value] : expected["attributes"].items())
    EXPECT_EQ(attributes[name], value.get<std::string>()) << name;
  EXPECT_EQ(attributes.size(), expected["attributes"].size());
  EXPECT_EQ(span.dropped_attributes_count(), expected["dropped_attributes_count"].get<std::uint32_t>());
  EXPECT_EQ(span.flags(), expected["flags"].get<std::uint32_t>());
  EXPECT_EQ(static_cast<int>(span.kind()), expected["kind"].get<int>());
  EXPECT_EQ(span.has_status(), expected["status_set"].get<bool>());
}

void CheckRequest(const HttpRequest& request, const Json& expected) {
  EXPECT_EQ(request.target, expected["path"].get<std::string>());
  CheckHeaders(request, expected["headers"]);
  // How bodies are packed and written as JSON is shown by the exporter's own tests.
  if (request.headers.Has("content-encoding")) return;
  if (request.headers.Get("content-type") != "application/x-protobuf") return;
  const collector::ExportTraceServiceRequest body = Parse(request.body);
  ASSERT_EQ(body.resource_spans_size(), 1);
  const auto& spans = body.resource_spans(0).scope_spans(0).spans();
  EXPECT_EQ(spans.size(), expected["spans"].get<int>());
  EXPECT_EQ(spans[0].name(), expected["first"].get<std::string>());
  EXPECT_EQ(spans[spans.size() - 1].name(), expected["last"].get<std::string>());
  if (expected.contains("resource")) CheckResource(body.resource_spans(0).resource(), expected["resource"]);
  if (expected.contains("span")) CheckSpan(spans[0], expected["span"]);
}

TEST_P(RecordedExporterCase, SendsWhatItShould) {
  const Json expected = Expected(GetParam());

  Play(expected);

  EXPECT_EQ(set_up_, expected.value("setup_tracing", true));
  const std::vector<HttpRequest> requests = collector_.requests();
  ASSERT_EQ(requests.size(), expected["requests"].size());
  // Which of 400 traces a ratio keeps is a matter of their random ids.
  if (GetParam() == "sampler_ratio") {
    EXPECT_NEAR(static_cast<double>(counters_.sent), 100, 45);
    return;
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    SCOPED_TRACE(i);
    CheckRequest(requests[i], expected["requests"][i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, RecordedExporterCase, ::testing::ValuesIn(CaseNames()),
                         [](const auto& test) { return test.param; });

TEST(RecordedExporterCases, AreAllThere) { EXPECT_EQ(CaseNames().size(), 45u); }

// What the recordings show of time, and what came of the spans.
struct Outcome {
  double least_seconds;
  double most_seconds;
  ExportCounters counters;
};

class RecordedOutcome : public RecordedExporterCase {};

TEST_P(RecordedOutcome, TakesAsLongAndCountsWhatCameOfIt) {
  static const std::map<std::string, Outcome> outcomes = {
      {"server_down", {5.6, 8.5, {.failed = 1, .retries = 3}}},
      {"server_down_timeout_3", {0, 0.01, {.failed = 1}}},  // milliseconds, as the specification has it
      {"status_200_partial_success", {0, 0.01, {.sent = 1}}},
      {"status_301", {0, 0.01, {.failed = 1}}},  // not followed, so not sent
      {"status_408", {0, 0.01, {.failed = 1}}},
      {"status_503_forever", {5.6, 8.5, {.failed = 1, .retries = 3}}},
      {"status_503_retry_after_2", {2, 2.01, {.sent = 1, .retries = 1}}},
      {"status_503_retry_after_60", {0, 0.01, {.failed = 1}}},
      {"batch_queue_16_of_40", {2.9, 3.1, {.sent = 32, .dropped = 8, .retries = 1}}},
      {"batch_600_spans", {0, 0.01, {.sent = 600}}}};
  const Outcome& outcome = outcomes.at(GetParam());

  const double took = ToSeconds(Play(Expected(GetParam())));

  EXPECT_GE(took, outcome.least_seconds);
  EXPECT_LE(took, outcome.most_seconds);
  EXPECT_EQ(counters_.sent, outcome.counters.sent);
  EXPECT_EQ(counters_.failed, outcome.counters.failed);
  EXPECT_EQ(counters_.dropped, outcome.counters.dropped);
  EXPECT_EQ(counters_.retries, outcome.counters.retries);
}

INSTANTIATE_TEST_SUITE_P(Golden, RecordedOutcome,
                         ::testing::Values("server_down", "server_down_timeout_3",
                                           "status_200_partial_success", "status_301", "status_408",
                                           "status_503_forever", "status_503_retry_after_2",
                                           "status_503_retry_after_60", "batch_queue_16_of_40",
                                           "batch_600_spans"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace repartee::otel
