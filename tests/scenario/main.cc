// repartee-scenario: plays recorded scenarios with the library's own classes and
// writes down what came out, for a comparison with the recording.
//
// Exit status: 0 the run came to its end, 1 it did not, 2 wrong usage or a file that is
// not understood. The output file is written whole or not at all.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "repartee/base/log.h"
#include "tests/scenario/case_player.h"
#include "tests/scenario/service_player.h"
#include "tests/scenario/trace_player.h"

namespace {

using repartee::Json;
using repartee::Result;
using repartee::Status;
using repartee::StatusCode;

Result<Json> ReadJsonFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Status::NotFound("{}: cannot be read", path);
  Result<Json> json = repartee::ParseJson(text.view());
  if (!json.ok()) return std::move(json).status().Annotate("{}", path);
  return json;
}

Status WriteWhole(const std::string& path, const Json& value) {
  const std::string temporary = path + ".part";
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out << value.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(temporary, path, error);
  if (out && !error) return repartee::OkStatus();
  std::filesystem::remove(temporary, error);
  return Status::Internal("{}: cannot be written", path);
}

int ExitStatus(const Status& status) {
  if (status.ok()) return 0;
  std::fprintf(stderr, "repartee-scenario: %s\n", status.message().c_str());
  const StatusCode code = status.code();
  return code == StatusCode::kInvalidArgument || code == StatusCode::kMalformed ||
                 code == StatusCode::kNotFound
             ? 2
             : 1;
}

Status RunCase(const std::string& path, const std::string& out) {
  Result<Json> file = ReadJsonFile(path);
  if (!file.ok()) return std::move(file).status();
  Result<Json> answer = repartee::scenario::PlayCase(*file);
  if (!answer.ok()) return std::move(answer).status().Annotate("{}", path);
  return WriteWhole(out, *answer);
}

Status RunService(const std::string& path, const repartee::scenario::ServiceUrls& urls,
                  const std::string& out) {
  Result<Json> file = ReadJsonFile(path);
  if (!file.ok()) return std::move(file).status();
  Result<Json> frames = repartee::scenario::PlayService(*file, urls);
  if (!frames.ok()) return std::move(frames).status().Annotate("{}", path);
  return WriteWhole(out, *frames);
}

struct TraceArguments {
  std::string folder;
  std::string mode = "extended";
  std::string out;
  std::string otlp;
  bool verbose = false;
};

Status RunTrace(const TraceArguments& arguments) {
  const std::string path = arguments.folder + "/scenario.json";
  Result<Json> file = ReadJsonFile(path);
  if (!file.ok()) return std::move(file).status();
  const auto script = repartee::scenario::ReadTraceScript(*file);
  if (!script.ok()) return Status(script.status()).Annotate("{}", path);
  const auto mode =
      arguments.mode == "pipecat" ? repartee::TracingMode::kPipecat : repartee::TracingMode::kExtended;
  const auto played = repartee::scenario::PlayTrace(*script, {.mode = mode, .verbose = arguments.verbose});
  if (Status status = WriteWhole(arguments.out, played.requests); !status.ok()) return status;
  for (std::size_t i = 0; i < played.spans.size(); ++i)
    std::printf("conversation %zu: %d spans\n", i + 1, played.spans[i]);
  if (!played.status.ok() || arguments.otlp.empty()) return played.status;
  Status sent = repartee::scenario::SendOn(played.bodies, arguments.otlp);
  // Not a wrong use, whatever it was.
  return sent.ok() ? sent : Status::Unavailable("{}", sent.message());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Plays a recorded scenario and writes what came out."};
  std::string case_path;
  std::string out;
  std::string service_path;
  std::string frames_out;
  repartee::scenario::ServiceUrls urls;
  TraceArguments trace;
  CLI::Option* by_trace = app.add_option("scenario", trace.folder, "folder of the scenario.json to trace");
  app.add_option("--mode", trace.mode, "whose traces: pipecat or extended (default)")
      ->check(CLI::IsMember({"pipecat", "extended"}))
      ->needs(by_trace);
  app.add_option("--otlp", trace.otlp, "send the trace on to this base address")->needs(by_trace);
  CLI::Option* by_case = app.add_option("--case", case_path, "behaviour case to play in virtual time");
  CLI::Option* by_service =
      app.add_option("--service", service_path, "service scenario to play in real time");
  CLI::Option* to = app.add_option("--out", out, "file for what was observed, or for the trace");
  by_case->needs(to)->excludes(by_service)->excludes(by_trace);
  by_trace->needs(to)->excludes(by_service);
  by_service->needs(app.add_option("--frames-out", frames_out, "file for the frames")->needs(by_service));
  app.add_option("--deepgram-url", urls.deepgram, "base of Deepgram's address, ws://HOST:PORT");
  app.add_option("--openai-url", urls.openai, "base of OpenAI's address, http://HOST:PORT/v1");
  app.add_option("--cartesia-url", urls.cartesia, "Cartesia's whole address, ws://HOST:PORT/tts/websocket");
  app.add_flag("-v,--verbose", trace.verbose, "say what is done");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (trace.verbose) repartee::SetLogLevel(repartee::LogLevel::kInfo);
  trace.out = out;
  if (!trace.folder.empty()) return ExitStatus(RunTrace(trace));
  if (!case_path.empty()) return ExitStatus(RunCase(case_path, out));
  if (!service_path.empty()) return ExitStatus(RunService(service_path, urls, frames_out));
  return ExitStatus(Status::InvalidArgument("a folder, --case or --service is needed; see --help"));
}
