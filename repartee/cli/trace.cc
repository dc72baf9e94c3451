#include "repartee/cli/trace.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "repartee/base/encoding.h"
#include "repartee/cli/trace_client.h"
#include "repartee/cli/trace_tail.h"
#include "repartee/cli/trace_text.h"

namespace repartee::cli {
namespace {

constexpr std::size_t kIdDigits = 32;

struct TraceOptions {
  std::string url = "http://127.0.0.1:3000";
  bool json = false;
  std::string id;
  std::string search;
  int limit = 20;
};

bool WantsColours() {
  const char* none = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (none == nullptr || *none == '\0');
}

void Print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

std::string JsonLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string ListPath(const TraceOptions& options, const std::string& search) {
  std::string path = fmt::format("/api/ui/conversations?limit={}", options.limit);
  if (!search.empty()) path += "&q=" + PercentEncode(search);
  return path;
}

Status List(const TraceOptions& options) {
  const Result<Json> list = TraceClient(options.url).Get(ListPath(options, options.search));
  if (!list.ok()) return list.status();
  Print(options.json ? JsonLine(*list) : ListText(*list, WantsColours()));
  return OkStatus();
}

// The beginning of an id will do if only one conversation has it.
Result<std::string> WholeId(const TraceClient& client, const TraceOptions& options) {
  if (options.id.size() == kIdDigits) return options.id;
  const Result<Json> list = client.Get(ListPath(options, options.id));
  if (!list.ok()) return list.status();
  std::string found;
  for (const Json& row : Items(*list, "rows")) {
    const std::string id = TextOf(row, "id");
    if (!id.starts_with(options.id)) continue;
    if (!found.empty()) return Status::InvalidArgument("several conversations begin with {}", options.id);
    found = id;
  }
  if (found.empty())
    return Status::NotFound("no conversation begins with {}: see repartee trace list", options.id);
  return found;
}

Status Show(const TraceOptions& options) {
  const TraceClient client(options.url);
  const Result<std::string> id = WholeId(client, options);
  if (!id.ok()) return id.status();
  const std::string path = "/api/ui/conversations/" + PercentEncode(*id);
  Result<Json> detail = client.Get(path);
  if (!detail.ok()) return std::move(detail).status();
  Result<Json> spans = client.Get(path + "/spans");
  if (!spans.ok()) return std::move(spans).status();
  if (options.json) {
    if (detail->is_object()) (*detail)["spans"] = Items(*spans, "spans");
    Print(JsonLine(*detail));
  } else {
    Print(ConversationText(*detail, Items(*spans, "spans"), WantsColours()));
  }
  return OkStatus();
}

Status Tail(const TraceOptions& options) {
  return TailEvents(options.url, [&options](const SseEvent& event) {
    const Result<Json> data = ParseJson(event.data);
    if (!data.ok()) return;
    if (options.json) return Print(JsonLine({{"type", event.type}, {"data", *data}}));
    if (event.type == "turn.upsert") Print(TurnLine(*data, WantsColours()));
  });
}

void AddCommon(CLI::App& command, TraceOptions& options) {
  command.add_option("--url", options.url, "The server to ask")->capture_default_str();
  command.add_flag("--json", options.json, "As JSON");
}

void AddAction(CLI::App& command, const std::shared_ptr<TraceOptions>& options, int& exit_code,
               Status (*run)(const TraceOptions&)) {
  AddCommon(command, *options);
  command.callback([options, run, &exit_code] {
    const Status status = run(*options);
    if (status.ok()) return;
    fmt::print(stderr, "repartee trace: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace

void AddTraceCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* trace = app.add_subcommand("trace", "Traces in the terminal, of a running server");
  trace->require_subcommand(1);
  CLI::App* list = trace->add_subcommand("list", "The latest conversations");
  list->add_option("--limit", options->limit, "How many")->check(CLI::Range(1, 200))->capture_default_str();
  list->add_option("--search", options->search, "In title, words, caller, session and id");
  AddAction(*list, options, exit_code, List);
  CLI::App* show = trace->add_subcommand("show", "One conversation: turns, where replies' time went, spans");
  show->add_option("id", options->id, "Its id, or how that begins")
      ->required()
      ->check([](const std::string& id) {
        const bool hex = id.find_first_not_of("0123456789abcdef") == std::string::npos;
        return hex && id.size() >= 4 && id.size() <= kIdDigits ? "" : "an id has 4 to 32 of 0-9a-f";
      });
  AddAction(*show, options, exit_code, Show);
  CLI::App* tail = trace->add_subcommand("tail", "Each turn as it ends, until interrupted");
  AddAction(*tail, options, exit_code, Tail);
  trace->footer(
      "Keys are taken from LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY; a server on this machine needs "
      "none.\n"
      "Examples:\n  repartee trace list --limit 5\n  repartee trace show 8d5d33f4\n"
      "  repartee trace tail --json --url https://traces.example.com");
}

}  // namespace repartee::cli
