// Which attributes are a span's input and output: the first rule that yields either
// side ends the search.
#include "repartee/server/ingest/mapping/rules.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

std::optional<std::string> TruthyText(const AttributeIndex& attributes, Key key) {
  const otel::AnyValueView* value = attributes.FindTruthy(key);
  if (value == nullptr) return std::nullopt;
  return ToText(*value);
}

std::optional<std::string> PresentText(const AttributeIndex& attributes, Key key) {
  const otel::AnyValueView* value = attributes.Find(key);
  if (value == nullptr) return std::nullopt;
  return ToText(*value);
}

struct Rule {
  Key input;
  Key output;
  bool by_presence;  // else by truth: "" does not count
};

constexpr Rule kRules[] = {
    {Key::kObservationInput, Key::kObservationOutput, true},
    {Key::kMlflowInputs, Key::kMlflowOutputs, false},
    {Key::kTraceloopInput, Key::kTraceloopOutput, false},
    {Key::kInputValue, Key::kOutputValue, false},
    {Key::kInput, Key::kOutput, false},
    {Key::kGenAiInputMessages, Key::kGenAiOutputMessages, false},
    {Key::kGenAiToolArguments, Key::kGenAiToolResult, false},
};

}  // namespace

InputOutput MapInputOutput(const SpanInput& in) {
  InputOutput io;
  for (const Rule& rule : kRules) {
    const auto read = rule.by_presence ? PresentText : TruthyText;
    io.input = read(in.attributes, rule.input);
    io.output = read(in.attributes, rule.output);
    if (io.input || io.output) return io;
  }
  if (!in.voice_additions) return io;
  const Stage stage = MapStage(in);
  if (stage == Stage::kStt) io.output = TruthyText(in.attributes, Key::kTranscript);
  if (stage == Stage::kTts) io.input = TruthyText(in.attributes, Key::kText);
  return io;
}

InputOutput MapTraceInputOutput(const SpanInput& in, bool is_root, const InputOutput& own) {
  InputOutput io;
  io.input = TruthyText(in.attributes, Key::kTraceInput);
  io.output = TruthyText(in.attributes, Key::kTraceOutput);
  if (is_root && !io.input) io.input = own.input;
  if (is_root && !io.output) io.output = own.output;
  return io;
}

}  // namespace repartee::server
