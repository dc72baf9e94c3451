#include "repartee/tracing/tracing_params.h"

#include <initializer_list>
#include <string>
#include <utility>

#include "repartee/base/log.h"

namespace repartee {
namespace {

template <class T>
T Choose(const otel::Environment& environment, const char* name, T unset,
         std::initializer_list<std::pair<const char*, T>> words) {
  const std::string word = otel::ToLower(environment.Get(name));
  if (word.empty()) return unset;
  std::string known;
  for (const auto& [text, value] : words) {
    if (word == text) return value;
    known += known.empty() ? text : std::string(", ") + text;
  }
  LogWarning("{}: \"{}\" is not one of {}; it is ignored", name, word, known);
  return unset;
}

}  // namespace

TracingParams TracingParams::FromEnvironment(const otel::Environment& environment) {
  TracingParams params;
  params.mode = otel::TracingModeFrom(environment);
  params.span_names = Choose(environment, "REPARTEE_SPAN_NAMES", params.span_names,
                             {{"page", SpanNames::kPage}, {"pipecat", SpanNames::kPipecat}});
  params.capture_content = Choose(
      environment, "REPARTEE_CAPTURE_CONTENT", params.capture_content,
      {{"all", CaptureContent::kAll}, {"last", CaptureContent::kLast}, {"none", CaptureContent::kNone}});
  params.provisional = Choose(
      environment, "REPARTEE_PROVISIONAL_SPANS", params.provisional,
      {{"on", ProvisionalSpans::kOn}, {"off", ProvisionalSpans::kOff}, {"auto", ProvisionalSpans::kAuto}});
  return params;
}

}  // namespace repartee
