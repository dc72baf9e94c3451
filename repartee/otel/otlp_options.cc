#include "repartee/otel/otlp_options.h"

#include <algorithm>

#include "repartee/base/encoding.h"
#include "repartee/base/log.h"
#include "repartee/net/http.h"

namespace repartee::otel {
namespace {

constexpr const char* kTracesEndpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
constexpr const char* kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

std::string TracesOrGeneral(const Environment& environment, const std::string& suffix) {
  return environment.GetFirst("OTEL_EXPORTER_OTLP_TRACES_" + suffix, "OTEL_EXPORTER_OTLP_" + suffix);
}

// Some tools hand the quotes of an env file on; with them no URL and no header works.
std::string WithoutQuotes(std::string value, std::string_view name) {
  const bool quoted =
      value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front();
  if (!quoted) return value;
  LogWarning("{}: the quotes around the value are not part of it; they are left out", name);
  return std::string(Trim(std::string_view(value).substr(1, value.size() - 2)));
}

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), IsTokenCharacter);
}

// Control characters would end the header and begin another one.
bool IsHeaderValue(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

Compression CompressionFrom(const Environment& environment) {
  const std::string name = ToLower(TracesOrGeneral(environment, "COMPRESSION"));
  if (name == "gzip") return Compression::kGzip;
  if (name == "deflate") return Compression::kDeflate;
  if (!name.empty() && name != "none") {
    LogWarning("OTEL_EXPORTER_OTLP_COMPRESSION: \"{}\" is not one of gzip, deflate, none; none is used",
               name);
  }
  return Compression::kNone;
}

OtlpProtocol ProtocolFrom(const Environment& environment) {
  const std::string name = ToLower(TracesOrGeneral(environment, "PROTOCOL"));
  if (name == "http/json") return OtlpProtocol::kHttpJson;
  if (name == "grpc") return OtlpProtocol::kGrpc;
  if (!name.empty() && name != "http/protobuf") {
    LogWarning(
        "OTEL_EXPORTER_OTLP_PROTOCOL: \"{}\" is not one of http/protobuf, http/json, grpc; http/protobuf is "
        "used",
        name);
  }
  return OtlpProtocol::kHttpProtobuf;
}

std::chrono::milliseconds TimeoutFrom(const Environment& environment, std::chrono::milliseconds fallback) {
  std::optional<std::int64_t> value = environment.GetNumber("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT");
  if (!value) value = environment.GetNumber("OTEL_EXPORTER_OTLP_TIMEOUT");
  if (!value) return fallback;
  // Python's exporter reads seconds; who brings its settings along gets a timeout that nothing meets.
  if (*value > 0 && *value < 100) {
    LogWarning("OTEL_EXPORTER_OTLP_TIMEOUT: {} means milliseconds; write {} for seconds", *value,
               *value * 1000);
  }
  constexpr std::int64_t kDay = 86'400'000;
  return std::chrono::milliseconds(std::min(*value, kDay));
}

ProvisionalSpans ProvisionalFrom(const Environment& environment) {
  const std::string name = ToLower(environment.Get("REPARTEE_PROVISIONAL_SPANS"));
  if (name == "on") return ProvisionalSpans::kOn;
  if (name == "off") return ProvisionalSpans::kOff;
  if (!name.empty() && name != "auto") {
    LogWarning("REPARTEE_PROVISIONAL_SPANS: \"{}\" is not one of on, off, auto; auto is used", name);
  }
  return ProvisionalSpans::kAuto;
}

std::string GrpcUrl(const std::string& given, const Environment& environment) {
  if (given.empty()) return "http://localhost:4317";
  if (given.find("://") != std::string::npos) return given;
  const bool plain = ToLower(TracesOrGeneral(environment, "INSECURE")) == "true";
  return (plain ? "http://" : "https://") + given;
}

// The endpoint and its path.
Status ReadEndpoint(const Environment& environment, OtlpOptions& options) {
  const std::string whole = WithoutQuotes(environment.Get(kTracesEndpoint), kTracesEndpoint);
  const std::string base = WithoutQuotes(environment.Get(kEndpoint), kEndpoint);
  if (options.protocol == OtlpProtocol::kGrpc) {
    options.url = GrpcUrl(whole.empty() ? base : whole, environment);
  } else if (!whole.empty()) {
    options.url = whole;
  } else if (!base.empty()) {
    options.url = TracesUrl(base);
  }
  return CheckEndpoint(options.url, whole.empty() ? kEndpoint : kTracesEndpoint);
}

Result<OtlpOptions> Read(const Environment& environment, OtlpProtocol protocol) {
  OtlpOptions options;
  options.protocol = protocol;
  if (Status status = ReadEndpoint(environment, options); !status.ok()) return status;

  const std::string headers =
      WithoutQuotes(TracesOrGeneral(environment, "HEADERS"), "OTEL_EXPORTER_OTLP_HEADERS");
  std::vector<std::string> warnings;
  options.headers = ParseOtlpHeaders(headers, warnings);
  for (const std::string& warning : warnings) LogWarning("OTEL_EXPORTER_OTLP_HEADERS: {}", warning);

  options.compression = CompressionFrom(environment);
  options.timeout = TimeoutFrom(environment, options.timeout);
  options.ca_file = TracesOrGeneral(environment, "CERTIFICATE");
  options.client_certificate_file = TracesOrGeneral(environment, "CLIENT_CERTIFICATE");
  options.client_key_file = TracesOrGeneral(environment, "CLIENT_KEY");
  options.provisional = ProvisionalFrom(environment);
  options.spool_directory = environment.Get("REPARTEE_SPOOL_DIRECTORY");
  if (const auto bytes = environment.GetNumber("REPARTEE_SPOOL_MAX_BYTES"))
    options.spool_max_bytes = static_cast<std::uint64_t>(*bytes);
  return options;
}

}  // namespace

Result<OtlpOptions> OtlpOptions::FromEnvironment(const Environment& environment) {
  return Read(environment, ProtocolFrom(environment));
}

Result<OtlpOptions> OtlpOptions::HttpFromEnvironment(const Environment& environment) {
  OtlpProtocol protocol = ProtocolFrom(environment);
  if (protocol == OtlpProtocol::kGrpc) {
    LogWarning(
        "OTEL_EXPORTER_OTLP_PROTOCOL: this program sends spans over HTTP, not gRPC; http/protobuf is used");
    protocol = OtlpProtocol::kHttpProtobuf;
  }
  return Read(environment, protocol);
}

Status CheckEndpoint(const std::string& url, std::string_view where) {
  Result<Url> parsed = ParseUrl(url);
  if (!parsed.ok())
    return std::move(parsed).status().Annotate("{} (it must look like http://localhost:4318)", where);
  if (parsed->scheme == "http" || parsed->scheme == "https") return OkStatus();
  return Status::InvalidArgument("{}: spans are sent by http or https, not by {}", where, parsed->scheme);
}

std::vector<std::pair<std::string, std::string>> ParseOtlpHeaders(std::string_view text,
                                                                  std::vector<std::string>& warnings) {
  std::vector<std::pair<std::string, std::string>> headers;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view pair = Trim(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) {
      warnings.push_back(
          "a part without \"=\" is left out (write name=value, and %2C for a comma in a value)");
      continue;
    }
    std::string name = ToLower(PercentDecode(Trim(pair.substr(0, equals))));
    const std::string_view raw_value = Trim(pair.substr(equals + 1));
    std::string value = PercentDecode(raw_value);
    if (!IsHeaderName(name)) {
      warnings.push_back("a part whose name is no header name is left out");
      continue;
    }
    if (raw_value.find(';') != std::string_view::npos || !IsHeaderValue(value)) {
      warnings.push_back("the value of \"" + name +
                         "\" has a \";\" (write %3B) or a control character; it is left out");
      continue;
    }
    std::erase_if(headers, [&name](const auto& header) { return header.first == name; });
    headers.emplace_back(std::move(name), std::move(value));
  }
  return headers;
}

std::string TracesUrl(std::string_view base) {
  const auto query_at = base.find('?');
  const std::string_view query =
      query_at == std::string_view::npos ? std::string_view() : base.substr(query_at);
  base = base.substr(0, query_at);
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base) + "/v1/traces" + std::string(query);
}

bool IsUpsertingEndpoint(std::string_view url) {
  url = url.substr(0, url.find('?'));
  while (url.ends_with('/')) url.remove_suffix(1);
  return url.ends_with("/api/public/otel") || url.ends_with("/api/public/otel/v1/traces");
}

}  // namespace repartee::otel
