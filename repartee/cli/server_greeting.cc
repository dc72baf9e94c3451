#include "repartee/cli/server_greeting.h"

#include <fmt/format.h>

#include "repartee/base/encoding.h"
#include "repartee/base/json.h"

namespace repartee::cli {
namespace {

std::string DotenvLines(const std::string& url, const server::KeyPair& keys) {
  return fmt::format(
      "\nAnother program sends its traces here with these lines in its .env:\n\n"
      "  ENABLE_TRACING=true\n"
      "  OTEL_EXPORTER_OTLP_ENDPOINT={}/api/public/otel\n"
      "  OTEL_EXPORTER_OTLP_HEADERS=Authorization=Basic%20{}\n\n",
      url, Base64Encode(keys.public_key + ":" + keys.secret_key));
}

}  // namespace

std::string GreetingAsText(const server::TraceServer& server, const server::TraceServerOptions& options,
                           int grpc_port) {
  const std::string url = fmt::format("http://{}:{}", options.host, server.port());
  std::string text = fmt::format(
      "Trace server  {}\n"
      "OTLP (HTTP)   http://{}:{}/v1/traces\n"
      "{}"
      "Data          {}\n"
      "Public key    {}",
      url, options.host, server.otlp_http_port(),
      grpc_port == 0 ? std::string() : fmt::format("OTLP (gRPC)   http://{}:{}\n", options.host, grpc_port),
      options.data_folder, server.init().public_key);
  const auto& created = server.init().created;
  if (!created) return text + "   (lost the secret? repartee keys new)\n";
  return text + fmt::format("\nSecret key    {}   (shown this once)\n", created->secret_key) +
         DotenvLines(url, *created);
}

std::string GreetingAsJson(const server::TraceServer& server, const server::TraceServerOptions& options,
                           int grpc_port) {
  Json line = Json::object();
  line["host"] = options.host;
  line["port"] = server.port();
  line["otlp_http_port"] = server.otlp_http_port();
  if (grpc_port != 0) line["otlp_grpc_port"] = grpc_port;
  line["project_id"] = server.init().project.id;
  line["public_key"] = server.init().public_key;
  if (server.init().created) line["secret_key"] = server.init().created->secret_key;
  return line.dump();
}

}  // namespace repartee::cli
