#include "repartee/otel/resource.h"

#include "repartee/base/encoding.h"
#include "repartee/base/log.h"

namespace repartee::otel {
namespace {

std::string OrElse(std::string value, const char* fallback) {
  return value.empty() ? fallback : std::move(value);
}

// The newer and the older name of the deployment carry one value: whichever the environment gives.
void AlignDeployment(Attributes& attributes, const Attributes& from_environment) {
  const AttributeValue* given = FindAttribute(from_environment, "deployment.environment.name");
  if (!given) given = FindAttribute(from_environment, "deployment.environment");
  const AttributeValue value = given ? *given : *FindAttribute(attributes, "deployment.environment");
  SetAttribute(attributes, "deployment.environment", AttributeValue(value));
  SetAttribute(attributes, "deployment.environment.name", AttributeValue(value));
}

}  // namespace

TracingMode TracingModeFrom(const Environment& environment) {
  const std::string mode = ToLower(environment.Get("REPARTEE_TRACING_MODE"));
  if (mode == "pipecat") return TracingMode::kPipecat;
  if (!mode.empty() && mode != "extended") {
    LogError("REPARTEE_TRACING_MODE: \"{}\" is neither extended nor pipecat; extended is used", mode);
  }
  return TracingMode::kExtended;
}

std::string TracerVersion() { return REPARTEE_VERSION; }

Result<Attributes> ParseResourceAttributes(std::string_view text) {
  Attributes attributes;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view pair = Trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const std::string key = PercentDecode(Trim(pair.substr(0, equals)));
    if (equals == std::string_view::npos || key.empty()) {
      return Status::InvalidArgument("OTEL_RESOURCE_ATTRIBUTES: \"{}\" is not of the form key=value", pair);
    }
    SetAttribute(attributes, key, PercentDecode(Trim(pair.substr(equals + 1))));
  }
  return attributes;
}

Resource MakeResource(const std::string& service_name, TracingMode mode, const Environment& environment) {
  Resource resource;
  Attributes& attributes = resource.attributes;
  SetAttribute(attributes, "telemetry.sdk.language", "cpp");
  SetAttribute(attributes, "telemetry.sdk.name", kTracerName);
  SetAttribute(attributes, "telemetry.sdk.version", TracerVersion());
  SetAttribute(attributes, "service.instance.id", OrElse(environment.Get("HOSTNAME"), "unknown"));
  SetAttribute(attributes, "service.name", service_name);
  SetAttribute(attributes, "deployment.environment", OrElse(environment.Get("ENVIRONMENT"), "development"));

  Result<Attributes> given = ParseResourceAttributes(environment.Get("OTEL_RESOURCE_ATTRIBUTES"));
  if (!given.ok()) LogError("{}; none of it is used", given.status().message());
  const Attributes extra = std::move(given).value_or({});
  const bool environment_wins = mode == TracingMode::kExtended;
  for (const Attribute& attribute : extra) {
    if (!environment_wins && FindAttribute(attributes, attribute.key.view())) continue;
    SetAttribute(attributes, AttributeKey(attribute.key), AttributeValue(attribute.value));
  }
  if (!environment_wins) return resource;

  const std::string name = environment.Get("OTEL_SERVICE_NAME");
  if (!name.empty()) SetAttribute(attributes, "service.name", name);
  AlignDeployment(attributes, extra);
  return resource;
}

}  // namespace repartee::otel
