// The program of the Pipecat tracing page: a voice agent whose conversation is traced.
//
//   repartee-tracing-page question.wav
//
// With the page's .env in the working directory (ENABLE_TRACING, OTEL_EXPORTER_OTLP_ENDPOINT,
// OTEL_EXPORTER_OTLP_HEADERS, OTEL_CONSOLE_EXPORT) the trace goes where it says. With
// DEEPGRAM_API_KEY, OPENAI_API_KEY and CARTESIA_API_KEY the agent hears, thinks and
// speaks with the page's services; where a key is missing, on this machine.
#include <cstdio>

#include "repartee/agent/agent_stack.h"
#include "repartee/agent/hang_up.h"
#include "repartee/base/dotenv.h"
#include "repartee/pipeline/runner.h"
#include "repartee/tracing/setup.h"
#include "repartee/transports/file/file_output.h"

using namespace repartee;

namespace {

int Fail(const Status& status) {
  std::fprintf(stderr, "repartee-tracing-page: %s\n", status.message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: repartee-tracing-page CLIP.wav\n");
    return 2;
  }
  if (Status status = LoadDotenv(); !status.ok()) return Fail(status);
  auto clip = ReadWav(argv[1]);
  if (!clip.ok()) return Fail(clip.status());

  EventLoop loop;
  AgentSettings settings;
  settings.system_prompt = "You are a terse voice agent.";
  auto stack = AgentStack::Load(settings);
  if (!stack.ok()) return Fail(stack.status());
  auto services = (*stack)->NewServices();
  if (!services.ok()) return Fail(services.status());
  FileInputTransport caller(*std::move(clip), {.silence_before = std::chrono::milliseconds(600)});
  FileOutputTransport speaker;
  Agent agent(*std::move(services), caller, speaker, settings);
  Pipeline& pipeline = agent.pipeline();

  // Configured automatically from .env
  auto exporter = otel::OtlpHttpExporter::FromEnvironment();

  SetupTracing({
      .service_name = "pipecat-demo",
      .exporter = std::move(exporter),
  });

  // Enable tracing in your PipelineTask
  // clang-format off
  PipelineTask task(pipeline, {
      .params = {
          .allow_interruptions = true,
          .enable_metrics = true,  // Required for some service metrics
      },
      .enable_tracing = true,             // Enables both turn and conversation tracing
      .conversation_id = "customer-123",  // Optional - will auto-generate if not provided
  });
  // clang-format on

  HangUp hang_up(loop, task, caller, agent);
  PipelineRunner().Run(task, loop);
  return ShutdownTracing() ? 0 : 1;
}
