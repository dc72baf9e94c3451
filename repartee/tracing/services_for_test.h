// The tracing page's services, by name alone, for tests of their spans. Thread: any.
#pragma once

#include "repartee/tracing/service_span.h"
#include "repartee/tracing/tracing_params.h"

namespace repartee::testing {

inline const TracingParams kPipecat{.mode = TracingMode::kPipecat};
inline const Json kNoTools;
inline const Json kNoSettings = Json::object();
inline const Json kMessages = Json::parse(R"([{"role": "user", "content": "Hi."}])");

inline TracedService Stt() { return {"DeepgramSTTService", "nova", kNoSettings}; }
inline TracedService Llm() { return {"OpenAILLMService", "gpt-4.1", kNoSettings}; }
inline TracedService Tts() { return {"CartesiaTTSService", "sonic", kNoSettings}; }

}  // namespace repartee::testing
