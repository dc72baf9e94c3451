#include "bench/server/measured_server.h"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "bench/measure.h"
#include "repartee/base/encoding.h"

namespace repartee::bench {
namespace {

constexpr char kPublicKey[] = "pk-lf-bench";
constexpr char kSecretKey[] = "sk-lf-bench";

// The environment of this process, and the keys.
std::vector<std::string> Environment() {
  std::vector<std::string> all{"LANGFUSE_INIT_ORG_ID=bench", "LANGFUSE_INIT_PROJECT_ID=bench",
                               fmt::format("LANGFUSE_INIT_PROJECT_PUBLIC_KEY={}", kPublicKey),
                               fmt::format("LANGFUSE_INIT_PROJECT_SECRET_KEY={}", kSecretKey)};
  for (char** one = environ; *one; ++one) all.emplace_back(*one);
  return all;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Up to the end of the line or of the output.
std::string ReadLine(int fd) {
  std::string line;
  for (char byte = 0; read(fd, &byte, 1) == 1 && byte != '\n';) line += byte;
  return line;
}

}  // namespace

Result<MeasuredServer> MeasuredServer::Start(const std::string& program, const std::string& folder) {
  std::vector<std::string> words{
      program, "serve",        "--json", "--data",           folder, "--port", "0", "--otlp-http-port",
      "0",     "--rate-limit", "0",      "--otlp-grpc-port", "0"};
  std::vector<std::string> environment = Environment();
  std::array<int, 2> output{};
  if (pipe(output.data()) != 0) return Status::Unavailable("no pipe for the server's output");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, output[0]);
  MeasuredServer server;
  const double begin = WallSeconds();
  const int failed = posix_spawn(&server.pid_, program.c_str(), &actions, nullptr, Pointers(words).data(),
                                 Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  close(output[1]);
  const std::string line = failed == 0 ? ReadLine(output[0]) : std::string();
  close(output[0]);
  if (failed != 0) return Status::Unavailable("{} cannot be started", program);
  server.seconds_to_start_ = WallSeconds() - begin;
  const auto told = ParseJson(line);
  if (!told.ok() || !told->contains("port")) {
    return Status::Unavailable("{} serve did not tell its ports but: {}", program, line);
  }
  server.port_ = told->at("port").get<int>();
  return server;
}

MeasuredServer::MeasuredServer(MeasuredServer&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), port_(other.port_), seconds_to_start_(other.seconds_to_start_) {}

MeasuredServer::~MeasuredServer() {
  if (pid_ == 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

std::string MeasuredServer::url() const { return fmt::format("http://127.0.0.1:{}", port_); }

std::string MeasuredServer::basic() const {
  return "Basic " + Base64Encode(fmt::format("{}:{}", kPublicKey, kSecretKey));
}

double MeasuredServer::CpuSeconds() const {
  std::ifstream file(fmt::format("/proc/{}/stat", pid_));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  // After the name in brackets: state and ten other fields, then user and system time in ticks.
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double MeasuredServer::StatusKib(const char* field) const {
  std::ifstream file(fmt::format("/proc/{}/status", pid_));
  for (std::string line; std::getline(file, line);) {
    if (line.rfind(field, 0) == 0) return std::strtod(line.c_str() + line.find(':') + 1, nullptr);
  }
  return 0;
}

double MeasuredServer::RssMb() const { return StatusKib("VmRSS") * 1024 / 1e6; }
double MeasuredServer::PeakRssMb() const { return StatusKib("VmHWM") * 1024 / 1e6; }

void MeasuredServer::WaitUntilIdle(double seconds) const {
  const double end = WallSeconds() + seconds;
  double before = -1;
  while (WallSeconds() < end && CpuSeconds() - before > 0.02) {
    before = CpuSeconds();
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

}  // namespace repartee::bench
