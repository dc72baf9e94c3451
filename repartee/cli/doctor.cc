#include "repartee/cli/doctor.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "repartee/agent/agent_stack.h"
#include "repartee/agent/vendor_choice.h"
#include "repartee/base/log_tap.h"
#include "repartee/cli/doctor_delivery.h"
#include "repartee/cli/doctor_report.h"
#include "repartee/cli/doctor_settings.h"
#include "repartee/cli/trace_target.h"

namespace repartee::cli {
namespace {

struct DoctorOptions {
  bool json = false;
  bool offline = false;
};

// Where a command's spans go: as the environment says, else to this machine's server. Nothing, which has been
// reported, if they would go nowhere.
std::optional<otel::OtlpOptions> FindTarget(DoctorReport& report, const otel::Environment& environment,
                                            bool offline) {
  if (NamesTarget(environment)) return CheckEndpointSettings(report, environment);
  if (offline) {
    report.Note("endpoint",
                "OTEL_EXPORTER_OTLP_ENDPOINT is not set: spans go to this machine's server, if one runs");
    return std::nullopt;
  }
  if (LocalServerRuns(kLocalServer)) {
    report.Ok("endpoint",
              fmt::format("OTEL_EXPORTER_OTLP_ENDPOINT is not set: spans go to this machine's server, {}",
                          kLocalServer));
    otel::OtlpOptions options;
    options.url = otel::TracesUrl(kLocalServer);
    return options;
  }
  report.Problem(
      "endpoint",
      fmt::format("OTEL_EXPORTER_OTLP_ENDPOINT is not set, and no trace server answers at {}", kLocalServer),
      "start one (repartee serve), or set it, in the environment or in .env");
  return std::nullopt;
}

// Who only sends traces needs none of this, so nothing here is a problem.
void CheckAgent(DoctorReport& report) {
  const Result<AgentSettings> chosen = ChooseVendors(AgentSettings());
  if (!chosen.ok()) return report.Note("agent", chosen.status().message());
  report.Ok("agent", fmt::format("hears by {}, thinks by {}, speaks by {}", chosen->stt.front().service,
                                 chosen->llm.front().service, chosen->tts.front().service));
  const LogTap quiet([](LogLevel, std::string_view) {}, LogTap::Lines::kHeldBack);
  const auto stack = AgentStack::Load(*chosen);
  if (!stack.ok()) return report.Note("models", stack.status().message());
  report.Ok("models", "loaded: " + (*stack)->language_model());
}

int RunDoctor(const DoctorOptions& options) {
  DoctorReport report(options.json ? DoctorReport::Form::kJson : DoctorReport::Form::kText);
  const otel::Environment environment;
  CheckDotenv(report);
  CheckNames(report);
  CheckSwitches(report, environment);
  const std::optional<otel::OtlpOptions> target = FindTarget(report, environment, options.offline);
  if (target && !options.offline && CheckWay(report, *target)) {
    const std::string trace_id = CheckSending(report, *target);
    if (!trace_id.empty()) CheckReadingBack(report, *target, trace_id);
  }
  CheckAgent(report);
  report.Finish();
  return report.problems() == 0 ? 0 : 1;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* doctor =
      app.add_subcommand("doctor", "Looks for what keeps traces from arriving, and says what to do");
  doctor->add_flag("--offline", options->offline, "Check the settings alone: no connection is made");
  doctor->add_flag("--json", options->json, "As JSON");
  doctor->footer(
      "Run it where your program runs: in its folder (for its .env) and with its environment. It sends one\n"
      "span, \"repartee doctor\", to where the program's spans go, and reads it back where the keys allow "
      "it.\n"
      "The exit code is 1 if there is a problem.\n\n"
      "Examples:\n  repartee doctor\n  repartee doctor --offline --json");
  doctor->callback([options, &exit_code] { exit_code = RunDoctor(*options); });
}

}  // namespace repartee::cli
