// LLMService: base of language models: a context in, a streamed answer out.
//
// A subclass writes ProcessContext and tells what happens in it (RequestStarted,
// FirstChunk, PushText, NoteUsage, ...). The base brackets the answer with start and
// end frames, which come out in every case, measures, and runs the functions
// that the model calls. An interruption destroys ProcessContext where it waits.
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/frames/llm_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/services/ai_service.h"
#include "repartee/services/direct_function.h"
#include "repartee/services/function_calls.h"
#include "repartee/services/held_answer.h"
#include "repartee/services/turn_completion.h"
#include "repartee/tracing/traced_llm.h"

namespace repartee {

struct LLMServiceOptions {
  FunctionCallsOptions functions{};
  // The model judges whether the user had finished; needs stop strategies of FilterIncompleteUserTurns.
  std::optional<UserTurnCompletionConfig> user_turn_completion{};
};

class LLMService : public AIService {
 public:
  // Replaces an earlier handler of that name; the empty name takes the calls nobody else takes. A tool
  // is offered to the model only if the context names it.
  void RegisterFunction(std::string name, FunctionHandler handler, FunctionOptions options = {});
  void UnregisterFunction(const std::string& name);
  void RegisterDirectFunction(const DirectFunction& function);

  // A batch begins, without the tools that cancel others; calls were cancelled, by an interruption, their
  // time limit or the model.
  Event<std::vector<FunctionCallFromLLM>> on_function_calls_started;
  Event<std::vector<FunctionCallFromLLM>> on_function_calls_cancelled;
  // The model has not answered in time, and is not asked again.
  Event<> on_completion_timeout;

  // The model as the last answer named it; empty if none did.
  const std::string& response_model() const { return response_model_; }

 protected:
  LLMService(const char* class_name, Json settings, LLMServiceOptions options = {});

  // One inference. An error is reported by its code; Fail gives a category of its own.
  virtual Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) = 0;

  // ---- In ProcessContext, in this order; each is a point of the trace.

  // Right before the request goes out: the time to the first byte runs. Messages and tools in the form in
  // which they are sent.
  void RequestStarted(const Json& messages, const Json& tools);
  // The first sign of an answer; later calls do nothing.
  void FirstChunk();
  // The model as the answer names it.
  void NoteResponseModel(std::string model);
  // A piece of the answer, with its spaces. Empty ones are left out.
  void PushText(std::string text);
  // A piece of a function call came: the model has done thinking.
  void FunctionCallBegan() { StopTtfat(); }
  // The latest figures; they are reported once, when the answer ends or is cut.
  void NoteUsage(const LLMTokenUsage& usage) { inference_.usage = usage; }
  // The stream ended without the vendor's mark of its end; the answer may be a part of one.
  void NoteUnmarkedEnd() {
    if (trace_) trace_->UnmarkedEnd();
  }
  // The context's tools, and those that cancel calls which the model may cancel.
  Json OfferedTools(const LLMContext& context) const;
  // What the model asked for; started once the answer has ended.
  void RunFunctionCalls(std::vector<FunctionCallRequest> calls);
  // The answer ends as an error of this category, reported behind the end frame.
  void Fail(std::string text, ErrorCategory category);

  // Overriders call these as well.
  Status Process(FramePtr frame, Direction direction) override;
  void OnCleanup() override;
  void BroadcastMetadata() override;

 private:
  friend class FunctionCalls;
  struct Failure {
    std::string text;
    ErrorCategory category;
  };
  // Of the answer under way; one at a time, since it holds the data lane.
  struct Inference {
    bool first_chunk = false;
    bool completed = false;  // else it was cut
    std::optional<LLMTokenUsage> usage;
    std::optional<Failure> failure;
    TurnMarkerReader markers;             // for turn completion
    std::shared_ptr<LLMContext> context;  // shared with the aggregators; may be null
  };

  Status TakeContext(const LLMContextFrame& frame);
  Task<Status> RunInference(std::shared_ptr<LLMContext> context);
  Task<Status> Summarize(FramePtr request);
  std::shared_ptr<LLMContext> WithInstructions(std::shared_ptr<LLMContext> context) const;
  void NoteAnswerBegan();
  void Emit(FramePtr frame);
  void SpeakText(std::string text);
  void TakeMarker();
  void FinishMarkers();
  void WatchTurn(const Frame& frame);
  void DropHeldAnswer();
  void ForgetHeldAnswer();
  void TraceLateContext();
  void BeginInference();
  void EndInference();
  void EndTrace(std::optional<double> processing);
  template <class F>
  void PushStamped(Ref<F> frame);

  FunctionCalls functions_;
  Inference inference_;
  std::optional<TracedLlm> trace_;  // of the answer under way, once it was asked for
  std::string response_model_;
  std::optional<bool> skip_tts_;
  const std::optional<UserTurnCompletionConfig> completion_;
  std::optional<Timer> incomplete_timer_;  // from the first incomplete turn on
  std::unique_ptr<HeldAnswer> held_;       // an early answer, until it is over or thrown away
  std::optional<std::string> summary_;     // while one is made: the text so far
  bool drop_next_early_ = false;           // it was cancelled before it was taken up
  bool user_turn_ = false;
};

}  // namespace repartee
