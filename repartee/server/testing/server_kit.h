// ServerKit: the trace server of a test, complete but without sockets: a store in a
// folder of its own, keys, ingest and public API. Requests are values, answers come
// when they are whole.
//
// Thread: the test's.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/server/api/public_api.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/ingest/otlp_http.h"
#include "repartee/server/store/sqlite/sqlite_store.h"
#include "repartee/server/testing/store_backend.h"

namespace repartee::server::testing {

inline constexpr char kPublicKey[] = "pk-lf-test";
inline constexpr char kSecretKey[] = "sk-lf-test";

// A folder that goes with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class ServerKit {
 public:
  // In `folder`, which outlives the kit. With the store that REPARTEE_TEST_STORE names `store` does not
  // count.
  ServerKit(const std::string& folder, MappingOptions mapping, SqliteStoreOptions store = {});
  ~ServerKit() { store_->Stop(); }  // requests under way refer to what goes before it

  // With the test's key unless `headers` has an Authorization.
  HttpResponse Post(const std::string& target, std::string body, HttpHeaders headers = {});
  HttpResponse Get(const std::string& target, HttpHeaders headers = {});
  // Without a key.
  HttpResponse Ask(const std::string& method, const std::string& target, HttpHeaders headers);
  // The answer's JSON; fails the test if the status is not 200.
  Json GetJson(const std::string& target);
  // To the plain OTLP face, as from this machine.
  HttpResponse PostPlain(std::string body, HttpHeaders headers, bool from_loopback = true);

  // Any method, with a body where it has one, with the test's key or another "public:secret".
  HttpResponse Send(const std::string& method, const std::string& target, const Json& body = {},
                    const std::string& pair = {});
  // The answer's JSON; fails the test if the status is another.
  Json SendJson(const std::string& method, const std::string& target, const Json& body, int status = 200);

  Store& store() { return *store_; }
  KeyStore& keys() { return *keys_; }
  ConfigStore& config() { return *config_; }
  ProjectPrices& prices() { return prices_; }
  MediaStore& media() { return *media_; }
  ProjectKey project() const { return keys_->first_project().key; }

 private:
  // The answer, when what the request left in the store can be read.
  HttpResponse Settled(HttpResponse response);

  const std::unique_ptr<StoreBackend> backend_ = BackendOfEnvironment();
  ProjectPrices prices_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<KeyStore> keys_;
  std::unique_ptr<ConfigStore> config_;
  std::unique_ptr<MediaStore> media_;
  std::unique_ptr<OtlpHttp> otlp_;
  std::unique_ptr<BatchHttp> batch_;
  std::unique_ptr<PublicApi> api_;
};

std::string ReadFile(const std::string& path);

// A span's protobuf bytes and requests around them.
struct TestSpan {
  std::string trace_id = std::string(16, 'T');
  std::string span_id = std::string(8, 'S');
  std::string parent_id{};
  std::string name = "span";
  std::uint64_t start_ns = 1'795'000'000'000'000'000;
  std::uint64_t end_ns = 1'795'000'001'000'000'000;
  std::vector<std::pair<std::string, std::string>> texts{};
  std::vector<std::pair<std::string, std::int64_t>> integers{};
  std::vector<std::pair<std::string, double>> numbers{};
  std::vector<std::pair<std::string, bool>> marks{};
  bool failed = false;
};
std::string MakeRequest(const std::vector<TestSpan>& spans, const std::string& scope = "pipecat");
// 8 and 16 bytes that spell the number.
std::string SpanIdOf(std::uint64_t number);
std::string TraceIdOf(std::uint64_t number);

}  // namespace repartee::server::testing
