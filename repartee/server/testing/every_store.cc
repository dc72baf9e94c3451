#include "repartee/server/testing/every_store.h"

#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <string_view>

#include "repartee/server/store/clickhouse/clickhouse_store.h"
#include "repartee/server/store/clickhouse/schema.h"
#include "repartee/server/store/clickhouse/server_for_test.h"

namespace repartee::server::testing {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

// A database for each folder in the one server, so that a store that is opened again has what it had.
class ClickHouseBackend final : public StoreBackend {
 public:
  Result<std::unique_ptr<Store>> Open(const std::string& folder, const Clock& clock) override {
    const clickhouse::Address address =
        Server().AddressOf(fmt::format("store_{:016x}", std::hash<std::string>{}(folder)));
    clickhouse::Client client(address);
    const Result<clickhouse::Migration> made = clickhouse::Migrate(client, {});
    if (!made.ok()) return made.status();
    clickhouse::ClickHouseStoreOptions options;
    options.folder = folder;
    options.address = address;
    options.settle_after = 0ms;
    options.block_age = 1h;  // blocks go when a test asks for it
    options.clock = &clock;
    Result<std::unique_ptr<clickhouse::ClickHouseStore>> store =
        clickhouse::OpenClickHouseStore(std::move(options));
    if (!store.ok()) return std::move(store).status();
    return std::unique_ptr<Store>(*std::move(store));
  }

  Status Settle(Store& store) override { return static_cast<clickhouse::ClickHouseStore&>(store).Flush(20s); }

 private:
  static const clickhouse::ServerForTest& Server() {
    static const clickhouse::ServerForTest server;
    return server;
  }
};

}  // namespace

std::unique_ptr<StoreBackend> BackendOfEnvironment() {
  const char* const name = std::getenv("REPARTEE_TEST_STORE");
  if (name == nullptr || std::string_view(name) != "clickhouse") return nullptr;
  return std::make_unique<ClickHouseBackend>();
}

std::vector<StoreKind> StoreKinds() {
  std::vector<StoreKind> kinds = {{"Embedded", [] { return std::unique_ptr<StoreBackend>(); }}};
  if (clickhouse::ServerForTest::Program())
    kinds.push_back({"ClickHouse", [] { return std::unique_ptr<StoreBackend>(new ClickHouseBackend()); }});
  return kinds;
}

std::string NameOfKind(const ::testing::TestParamInfo<StoreKind>& kind) { return kind.param.name; }

}  // namespace repartee::server::testing
