// A real ClickHouse server of a test's own: Debian's, on free ports of loopback, with all
// that it writes in a temporary folder. One a test program; each test has a database in it.
//
// Thread: the test's.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::clickhouse {

class ServerForTest {
 public:
  // Nothing where ClickHouse is not installed.
  static std::optional<std::string> Program() {
    for (const char* path : {"/usr/sbin/clickhouse-server", "/usr/bin/clickhouse-server"}) {
      if (access(path, X_OK) == 0) return path;
    }
    return std::nullopt;
  }

  ServerForTest() : port_(FreePort()) {
    std::ofstream(folder_.path() + "/users.xml")
        << "<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default><password/>"
           "<networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota>"
           "</default></users></yandex>\n";
    std::ofstream(folder_.path() + "/config.xml") << fmt::format(
        "<yandex><logger><level>information</level><console>1</console></logger>"
        "<http_port>{1}</http_port><listen_host>127.0.0.1</listen_host><path>{0}/data/</path>"
        "<tmp_path>{0}/tmp/</tmp_path><users_config>{0}/users.xml</users_config><timezone>UTC</timezone>"
        "<default_profile>default</default_profile><default_database>default</default_database>"
        "<mark_cache_size>67108864</mark_cache_size></yandex>\n",
        folder_.path(), port_);
    Start();
  }
  ~ServerForTest() { Kill(); }
  ServerForTest(const ServerForTest&) = delete;
  ServerForTest& operator=(const ServerForTest&) = delete;

  // What is in `database`, which need not be there.
  Address AddressOf(const std::string& database) const {
    return *ParseAddress(fmt::format("http://127.0.0.1:{}/{}", port_, database));
  }

  // On the same port, with what was stored. Waits until it listens.
  void Start() {
    int log[2] = {-1, -1};
    ASSERT_EQ(pipe2(log, O_CLOEXEC), 0);
    const std::string program = *Program();
    const std::string config = "--config-file=" + folder_.path() + "/config.xml";
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(log[1], STDOUT_FILENO);
      dup2(log[1], STDERR_FILENO);
      if (chdir(folder_.path().c_str()) == 0)
        execl(program.c_str(), program.c_str(), config.c_str(), nullptr);
      _exit(127);
    }
    close(log[1]);
    std::string said;
    char bytes[4096];
    while (said.find("Ready for connections") == std::string::npos) {
      const ssize_t count = read(log[0], bytes, sizeof bytes);
      ASSERT_GT(count, 0) << "clickhouse-server ended: " << said;
      said.append(bytes, static_cast<std::size_t>(count));
    }
    // What it says later must be read, or it would wait for that.
    reader_ = std::thread([file = log[0]] {
      char more[4096];
      while (read(file, more, sizeof more) > 0) {
      }
      close(file);
    });
  }

  // As kill -9 does.
  void Kill() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = -1;
    reader_.join();
  }

 private:
  static int FreePort() {
    const int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(file, reinterpret_cast<const sockaddr*>(&address), size);
    getsockname(file, reinterpret_cast<sockaddr*>(&address), &size);
    close(file);
    return ntohs(address.sin_port);
  }

  testing::TempFolder folder_;
  const int port_;
  pid_t process_ = -1;
  std::thread reader_;
};

// Tests before that server; skipped where there is none.
class ClickHouseServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (ServerForTest::Program()) server_ = new ServerForTest();
  }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  void SetUp() override {
    if (server_ == nullptr) GTEST_SKIP() << "clickhouse-server is not installed";
  }

  // A database of this test's own.
  Address NewAddress() const {
    return server_->AddressOf(std::string("db_") +
                              ::testing::UnitTest::GetInstance()->current_test_info()->name());
  }

  static inline ServerForTest* server_ = nullptr;
};

}  // namespace repartee::server::clickhouse
