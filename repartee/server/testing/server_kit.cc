#include "repartee/server/testing/server_kit.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "repartee/base/encoding.h"
#include "repartee/otel/wire/protobuf_writer.h"

namespace repartee::server::testing {
namespace {

template <class T>
T Must(Result<T> result) {
  if (!result.ok()) ADD_FAILURE() << result.status();
  return *std::move(result);
}

// Sends with `handle(reply)` and waits for the answer.
template <class Handle>
HttpResponse Await(Handle&& handle) {
  auto answer = std::make_shared<std::promise<HttpResponse>>();
  std::future<HttpResponse> future = answer->get_future();
  handle([answer](HttpResponse response) { answer->set_value(std::move(response)); });
  return future.get();
}

HttpRequest MakeHttpRequest(std::string method, const std::string& target, HttpHeaders headers) {
  HttpRequest request;
  request.method = std::move(method);
  request.target = target;
  const std::size_t question = target.find('?');
  request.path = PercentDecode(target.substr(0, question));
  if (question != std::string::npos) request.query = target.substr(question + 1);
  request.headers = std::move(headers);
  return request;
}

}  // namespace

TempFolder::TempFolder() {
  std::string pattern = ::testing::TempDir() + "/repartee-XXXXXX";
  path_ = mkdtemp(pattern.data());
}

TempFolder::~TempFolder() { std::filesystem::remove_all(path_); }

ServerKit::ServerKit(const std::string& folder, MappingOptions mapping, SqliteStoreOptions store) {
  mapping.prices = &prices_;
  store.folder = folder;
  store.mapping = mapping;
  store_ = Must(backend_ ? backend_->Open(folder, Clock::System()) : OpenSqliteStore(std::move(store)));
  keys_ = Must(KeyStore::Open(folder + "/meta.db"));
  config_ = Must(ConfigStore::Open(folder + "/meta.db"));
  media_ = Must(MediaStore::Open(folder));
  InitSettings init;
  init.organisation_id = "org";
  init.project_id = "project";
  init.public_key = kPublicKey;
  init.secret_key = kSecretKey;
  Must(keys_->Initialise(init));
  OtlpOptions otlp;
  otlp.mapping = mapping;
  otlp_ = std::make_unique<OtlpHttp>(*store_, *keys_, std::move(otlp));
  batch_ = std::make_unique<BatchHttp>(*store_, *keys_, *config_, mapping);
  PublicApiOptions api;
  api.mapping = mapping;
  api.media = media_.get();
  api_ = std::make_unique<PublicApi>(*store_, *keys_, *config_, prices_, *otlp_, *batch_, std::move(api));
}

HttpResponse ServerKit::Settled(HttpResponse response) {
  // A store that is stopped takes nothing and settles nothing.
  if (backend_ && response.status != 503) {
    const Status settled = backend_->Settle(*store_);
    EXPECT_TRUE(settled.ok()) << settled;
  }
  return response;
}

HttpResponse ServerKit::Post(const std::string& target, std::string body, HttpHeaders headers) {
  if (!headers.Has("authorization")) {
    headers.Add("Authorization", "Basic " + Base64Encode(std::string(kPublicKey) + ":" + kSecretKey));
  }
  if (!headers.Has("content-type")) headers.Add("Content-Type", "application/x-protobuf");
  HttpRequest request = MakeHttpRequest("POST", target, std::move(headers));
  request.body = std::move(body);
  return Settled(Await([&](Reply reply) { api_->Handle(std::move(request), std::move(reply)); }));
}

HttpResponse ServerKit::Ask(const std::string& method, const std::string& target, HttpHeaders headers) {
  HttpRequest request = MakeHttpRequest(method, target, std::move(headers));
  return Settled(Await([&](Reply reply) { api_->Handle(std::move(request), std::move(reply)); }));
}

HttpResponse ServerKit::Get(const std::string& target, HttpHeaders headers) {
  headers.Add("Authorization", "Basic " + Base64Encode(std::string(kPublicKey) + ":" + kSecretKey));
  HttpRequest request = MakeHttpRequest("GET", target, std::move(headers));
  return Await([&](Reply reply) { api_->Handle(std::move(request), std::move(reply)); });
}

HttpResponse ServerKit::Send(const std::string& method, const std::string& target, const Json& body,
                             const std::string& pair) {
  HttpHeaders headers;
  headers.Add("Authorization",
              "Basic " + Base64Encode(pair.empty() ? std::string(kPublicKey) + ":" + kSecretKey : pair));
  headers.Add("Content-Type", "application/json");
  HttpRequest request = MakeHttpRequest(method, target, std::move(headers));
  if (!body.is_null()) request.body = body.dump();
  return Settled(Await([&](Reply reply) { api_->Handle(std::move(request), std::move(reply)); }));
}

Json ServerKit::SendJson(const std::string& method, const std::string& target, const Json& body, int status) {
  const HttpResponse response = Send(method, target, body);
  EXPECT_EQ(response.status, status) << method << " " << target << ": " << response.body;
  return response.body.empty() ? Json() : Must(ParseJson(response.body));
}

Json ServerKit::GetJson(const std::string& target) {
  const HttpResponse response = Get(target);
  EXPECT_EQ(response.status, 200) << target << ": " << response.body;
  return Must(ParseJson(response.body));
}

HttpResponse ServerKit::PostPlain(std::string body, HttpHeaders headers, bool from_loopback) {
  if (!headers.Has("content-type")) headers.Add("Content-Type", "application/x-protobuf");
  HttpRequest request = MakeHttpRequest("POST", "/v1/traces", std::move(headers));
  request.body = std::move(body);
  request.from_loopback = from_loopback;
  return Settled(
      Await([&](Reply reply) { otlp_->Handle(std::move(request), OtlpFace::kPlain, std::move(reply)); }));
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string MakeRequest(const std::vector<TestSpan>& spans, const std::string& scope) {
  std::string body;
  otel::ProtobufWriter w(body);
  const auto attribute = [&w](const std::string& key, auto&& value) {
    w.Message(9, [&] {
      w.Bytes(1, key);
      w.Message(2, value);
    });
  };
  const auto write_span = [&](const TestSpan& span) {
    w.Bytes(1, span.trace_id);
    w.Bytes(2, span.span_id);
    if (!span.parent_id.empty()) w.Bytes(4, span.parent_id);
    w.Bytes(5, span.name);
    w.Fixed64(7, span.start_ns);
    w.Fixed64(8, span.end_ns);
    for (const auto& [key, value] : span.texts) attribute(key, [&w, &v = value] { w.Bytes(1, v); });
    for (const auto& [key, value] : span.integers) {
      attribute(key, [&w, v = value] { w.Varint(3, static_cast<std::uint64_t>(v)); });
    }
    for (const auto& [key, value] : span.numbers) attribute(key, [&w, v = value] { w.Double(4, v); });
    for (const auto& [key, value] : span.marks) attribute(key, [&w, v = value] { w.Varint(2, v ? 1 : 0); });
    if (span.failed) w.Message(15, [&w] { w.Varint(3, 2); });
  };
  w.Message(1, [&] {
    w.Message(1, [] {});
    w.Message(2, [&] {
      w.Message(1, [&] { w.Bytes(1, scope); });
      for (const TestSpan& span : spans) w.Message(2, [&] { write_span(span); });
    });
  });
  return body;
}

std::string SpanIdOf(std::uint64_t number) {
  std::string id(8, '\0');
  for (int i = 7; i >= 0; --i, number >>= 8)
    id[static_cast<std::size_t>(i)] = static_cast<char>(number & 0xff);
  return id;
}

std::string TraceIdOf(std::uint64_t number) { return SpanIdOf(0x7274) + SpanIdOf(number); }

}  // namespace repartee::server::testing
