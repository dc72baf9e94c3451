#include "repartee/otel/trace_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "repartee/base/terminal_text.h"

namespace repartee::otel {
namespace {

// Spans that come from elsewhere may nest without end.
constexpr std::size_t kMaxDepth = 32;

using SpanKey = std::pair<TraceId, SpanId>;

double Millis(Nanos duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

class Facts {
 public:
  Facts(const SpanData& span, const TraceTreeOptions& options) : span_(span), options_(options) {}

  std::string Line() {
    Seconds("latency", "turn.user_bot_latency_seconds");
    Seconds("ttfb", "metrics.ttfb");
    Integer("tokens in", "gen_ai.usage.input_tokens");
    Integer("tokens out", "gen_ai.usage.output_tokens");
    Integer("characters", "metrics.character_count");
    for (const char* key : {"turn.was_interrupted", "tts.interrupted", "llm.interrupted"})
      Mark("interrupted", key);
    Mark("incomplete", "stt.incomplete");
    if (IsProvisional(span_)) Add("open");
    if (span_.status == SpanStatus::kError)
      Add(Red("error: " + OneLine(span_.status_description, options_.text_width)));
    for (const char* key : {"transcript", "output", "text"}) Text(key);
    return std::move(line_);
  }

 private:
  void Add(std::string_view fact) {
    line_ += "  ";
    line_ += fact;
  }
  std::string Red(std::string text) const { return options_.colours ? "\x1b[31m" + text + "\x1b[0m" : text; }
  template <class T>
  const T* Find(const char* key) const {
    const AttributeValue* value = FindAttribute(span_.attributes, key);
    return value ? value->As<T>() : nullptr;
  }
  void Seconds(std::string_view name, const char* key) {
    if (const double* value = Find<double>(key)) Add(fmt::format("{} {:.0f} ms", name, *value * 1000));
  }
  void Integer(std::string_view name, const char* key) {
    if (const std::int64_t* value = Find<std::int64_t>(key)) Add(fmt::format("{} {}", name, *value));
  }
  void Mark(std::string_view name, const char* key) {
    const bool* value = Find<bool>(key);
    if (value && *value) Add(name);
  }
  void Text(const char* key) {
    if (const std::string* value = Find<std::string>(key))
      Add('"' + OneLine(*value, options_.text_width) + '"');
  }

  const SpanData& span_;
  const TraceTreeOptions& options_;
  std::string line_;
};

class TreePrinter {
 public:
  TreePrinter(std::span<const SpanPtr> spans, const TraceTreeOptions& options) : options_(options) {
    std::map<SpanKey, const SpanData*> by_id;
    for (const SpanPtr& span : spans) {
      const SpanData*& known = by_id[{span->context.trace_id, span->context.span_id}];
      if (!known || !IsProvisional(*span)) known = span.get();
    }
    for (const auto& [key, span] : by_id) {
      const SpanKey parent{key.first, span->parent_span_id};
      children_[by_id.count(parent) > 0 ? parent : SpanKey{}].push_back(span);
      Nanos& start = trace_start_.try_emplace(key.first, span->start).first->second;
      start = std::min(start, span->start);
    }
    for (auto& [key, siblings] : children_) {
      // Of two that began at once (in virtual time a model takes none) the one that was done first.
      std::sort(siblings.begin(), siblings.end(), [](const SpanData* a, const SpanData* b) {
        return std::tie(a->start, a->end, a->context.span_id) <
               std::tie(b->start, b->end, b->context.span_id);
      });
    }
  }

  std::string Print() {
    for (const SpanData* root : children_[SpanKey{}]) Collect(*root, "", "", 0);
    std::size_t width = 0;
    for (const Row& row : rows_)
      width = std::max(width, CharacterCount(row.branch) + CharacterCount(row.name));
    std::string out;
    for (const Row& row : rows_) AppendRow(out, row, width);
    return out;
  }

 private:
  struct Row {
    std::string branch;
    std::string name;
    const SpanData* span;
  };

  void Collect(const SpanData& span, const std::string& branch, const std::string& indent,
               std::size_t depth) {
    std::string name = OneLine(span.name, options_.text_width);
    const AttributeValue* id = depth == 0 ? FindAttribute(span.attributes, "conversation.id") : nullptr;
    if (const std::string* text = id ? id->As<std::string>() : nullptr) {
      name += " " + OneLine(*text, options_.text_width);
    }
    rows_.push_back({branch, std::move(name), &span});
    const auto children = children_.find({span.context.trace_id, span.context.span_id});
    if (children == children_.end() || depth + 1 >= kMaxDepth) return;
    for (const SpanData* child : children->second) {
      const bool last = child == children->second.back();
      Collect(*child, indent + (last ? "└── " : "├── "), indent + (last ? "    " : "│   "), depth + 1);
    }
  }

  void AppendRow(std::string& out, const Row& row, std::size_t width) const {
    const std::size_t used = CharacterCount(row.branch) + CharacterCount(row.name);
    const SpanData& span = *row.span;
    const Nanos since = span.start - trace_start_.at(span.context.trace_id);
    const char* dim = options_.colours ? "\x1b[2m" : "";
    const char* bold = options_.colours && row.branch.empty() ? "\x1b[1m" : "";
    const char* plain = options_.colours ? "\x1b[0m" : "";
    fmt::format_to(std::back_inserter(out), "{}{}{}{}{}{}{:{}}  {:>7.0f} ms {:>7.0f} ms{}\n", dim, row.branch,
                   plain, bold, row.name, *bold ? plain : "", "", width - used, Millis(since),
                   Millis(span.end - span.start), Facts(span, options_).Line());
  }

  const TraceTreeOptions& options_;
  std::map<SpanKey, std::vector<const SpanData*>> children_;  // roots under the empty key
  std::map<TraceId, Nanos> trace_start_;
  std::vector<Row> rows_;
};

}  // namespace

std::string FormatTraceTree(std::span<const SpanPtr> spans, const TraceTreeOptions& options) {
  return TreePrinter(spans, options).Print();
}

}  // namespace repartee::otel
