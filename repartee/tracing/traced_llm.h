// TracedLlm: the span around one streamed completion, from just before its request to
// the end of the stream. Made on the stack of the service's coroutine: when that is
// destroyed by an interruption, the span ends as interrupted.
//
// Messages and tools are copied into the span when it opens, since the context goes on
// changing. Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repartee/frames/service_frames.h"
#include "repartee/tracing/service_span.h"

namespace repartee {

// What is asked; read during the call only.
struct TracedRequest {
  const Json& messages;                   // an array, in the vendor's own form; those of the context
  const Json& tools;                      // an array in the vendor's form, or null
  std::string_view system_instruction{};  // the service's; empty: the first system message counts
};

class TracedLlm final : public ServiceSpan {
 public:
  TracedLlm(TracingContext* context, const TracedService& service, const TracedRequest& request);
  // Interrupted, unless it has ended.
  ~TracedLlm() {
    if (open()) Abandon();
  }

  // The seconds to the first chunk that brought something.
  void Ttfb(double seconds);
  // The first chunk came that brought something; `seconds` since the request, where that is measured.
  void FirstChunk(std::optional<double> seconds);
  // The first word of the answer, or of a function call, `seconds` since the request; before it the model may
  // have thought. Extended mode.
  void Ttfat(double seconds);
  // It was asked before the end of the turn was sure. Extended mode.
  void Early() {
    if (extended()) Set("llm.early", true);
  }
  // A piece of the answer.
  void Text(std::string_view piece) { AppendBounded(output_, piece); }
  void Usage(const LLMTokenUsage& usage);
  // The model that the vendor says it was; each chunk may say it.
  void ResponseModel(const std::string& model);
  // The stream ended without the vendor's mark of its end. Extended mode.
  void UnmarkedEnd() {
    if (extended()) Set("llm.unmarked_end", true);
  }
  // The stream is over.
  void End();
  // It failed; `type` is a short word or class name.
  void Fail(std::string_view type, std::string_view message);

 private:
  void Abandon() override;
  void SetRequest(const TracedRequest& request);
  void SetParameters(const Json& settings);
  void SetParameter(const std::string& name, const Json& value);
  void SetOutput();
  void EstimateUsage();

  std::string class_name_;
  Nanos opened_at_{0};  // wall clock
  std::size_t input_characters_ = 0;
  bool has_ttfb_ = false;
  double ttfb_ = 0;  // seconds
  bool has_usage_ = false;
  std::string response_model_;
  std::string output_;
};

}  // namespace repartee
