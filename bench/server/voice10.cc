#include "bench/server/voice10.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <numbers>

#include "repartee/otel/wire/compress.h"
#include "repartee/otel/wire/encoder.h"

namespace repartee::bench {
namespace {

using otel::SpanData;
using otel::SpanPtr;

constexpr std::uint64_t kSeed = 20261122;
constexpr int kTurns = 10;
constexpr std::uint64_t kOpenAtOnce = 1000;  // conversations, when mixed
constexpr std::size_t kVocabulary = 2000;

class Stream {
 public:
  explicit Stream(std::uint64_t state) : state_(state) {}

  std::uint64_t Next() {
    state_ += 0x9E3779B97F4A7C15ull;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  double Fraction() { return static_cast<double>(Next() >> 11) / 0x1p53; }
  std::uint64_t Between(std::uint64_t low, std::uint64_t high) { return low + Next() % (high - low + 1); }
  double LogNormal(double median, double sigma) {
    const double u = std::max(Fraction(), 1e-12);
    const double v = Fraction();
    return median * std::exp(sigma * std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v));
  }
  template <std::size_t N>
  otel::Id<N> MakeId() {
    otel::Id<N> id;
    for (std::size_t at = 0; at < N; at += 8) {
      const std::uint64_t word = Next() | 1;
      for (std::size_t i = 0; i < 8; ++i) id.bytes[at + i] = static_cast<std::uint8_t>(word >> (56 - 8 * i));
    }
    return id;
  }

 private:
  std::uint64_t state_;
};

Nanos Seconds(double seconds) { return Nanos(static_cast<std::int64_t>(seconds * 1e9)); }

// Words that nobody says, and the texts made of them: few words are frequent, most are rare.
class Vocabulary {
 public:
  Vocabulary() {
    constexpr std::string_view kConsonants = "bcdfghjklmnprstvwz";
    constexpr std::string_view kVowels = "aeiou";
    Stream stream(42);
    for (std::string& word : words_) {
      for (auto syllables = stream.Between(1, 4); syllables > 0; --syllables) {
        word += kConsonants[stream.Next() % kConsonants.size()];
        word += kVowels[stream.Next() % kVowels.size()];
        if (stream.Next() % 4 == 0) word += kConsonants[stream.Next() % kConsonants.size()];
      }
    }
  }

  std::string Text(Stream& stream, std::size_t characters) const {
    std::string text;
    while (text.size() < characters) {
      if (!text.empty()) text += ' ';
      const double u = stream.Fraction();
      text += words_[static_cast<std::size_t>(u * u * u * static_cast<double>(kVocabulary))];
    }
    return text;
  }

 private:
  std::array<std::string, kVocabulary> words_;
};

std::shared_ptr<const otel::Resource> MakeResource() {
  return std::make_shared<otel::Resource>(otel::Resource{{{"service.name", "voice-agent"},
                                                          {"service.version", "1.0.0"},
                                                          {"deployment.environment.name", "bench"},
                                                          {"telemetry.sdk.name", "opentelemetry"},
                                                          {"telemetry.sdk.language", "cpp"},
                                                          {"telemetry.sdk.version", "1.0.0"}}});
}

std::string ToUuid(const otel::TraceId& id) {
  const std::string hex = id.ToHex();
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace

// Makes the conversations, one after the other.
class Voice10::Conversations {
 public:
  Conversations(Nanos day, std::uint64_t first) : day_(day), next_(first) {
    Stream stream(7);
    for (std::string& prompt : prompts_) prompt = vocabulary_.Text(stream, 1200);
  }

  // The spans of one conversation by turn; the last holds the conversation's own as well.
  std::array<std::vector<SpanPtr>, kTurns> Make() {
    const std::uint64_t number = next_++;
    Stream stream(kSeed ^ ((number + 1) * 0xD1B54A32D192ED03ull));
    Call call{.stream = stream, .number = number};
    call.trace_id = stream.MakeId<16>();
    call.root = stream.MakeId<8>();
    call.id = ToUuid(call.trace_id);
    const Nanos start = day_ + Seconds(stream.Fraction() * 86400);
    call.now = start;
    call.messages = R"([{"role":"system","content":")" + prompts_[stream.Next() % prompts_.size()] + "\"}";
    std::array<std::vector<SpanPtr>, kTurns> turns;
    for (int turn = 1; turn <= kTurns; ++turn)
      turns[static_cast<std::size_t>(turn - 1)] = MakeTurn(call, turn);
    const auto root = MakeSpan(call, "conversation", {}, start, call.now,
                               {{"conversation.id", call.id}, {"conversation.type", "voice"}});
    root->context.span_id = call.root;
    turns.back().push_back(root);
    return turns;
  }

 private:
  struct Call {
    Stream& stream;
    std::uint64_t number;
    otel::TraceId trace_id{};
    otel::SpanId root{};
    std::string id{};
    Nanos now{0};
    std::string messages{};  // a JSON array that is not closed yet
  };

  std::shared_ptr<SpanData> MakeSpan(Call& call, const char* name, otel::SpanId parent, Nanos start,
                                     Nanos end, otel::Attributes attributes) {
    auto span = std::make_shared<SpanData>();
    span->name = name;
    span->context = {.trace_id = call.trace_id, .span_id = call.stream.MakeId<8>(), .sampled = true};
    span->parent_span_id = parent;
    span->start = start;
    span->end = end;
    span->attributes = std::move(attributes);
    span->scope_name = "pipecat";
    span->resource = resource_;
    return span;
  }

  std::vector<SpanPtr> MakeTurn(Call& call, int number) {
    Stream& stream = call.stream;
    const auto turn_id = stream.MakeId<8>();
    const Nanos start = call.now;
    std::string user = vocabulary_.Text(stream, stream.Between(60, 240));
    if (call.number % 1000 == 7 && number == 5) user.append(" ").append(kNeedle);
    const std::string bot = vocabulary_.Text(stream, stream.Between(120, 420));
    call.messages += R"(,{"role":"user","content":")" + user + "\"}";
    std::vector<SpanPtr> spans;
    spans.push_back(MakeStt(call, turn_id, user));
    call.now = spans.back()->end;
    const double ttfb = stream.LogNormal(0.45, 0.5);
    spans.push_back(MakeLlm(call, turn_id, ttfb, bot));
    call.messages += R"(,{"role":"assistant","content":")" + bot + "\"}";
    spans.push_back(MakeTts(call, turn_id, call.now + Seconds(ttfb), bot));
    call.now = spans.back()->end + Seconds(stream.LogNormal(1.5, 0.5));
    const bool was_interrupted = stream.Next() % 8 == 0;
    const auto turn = MakeSpan(call, "turn", call.root, start, call.now,
                               {{"turn.number", number},
                                {"turn.type", "conversation"},
                                {"conversation.id", call.id},
                                {"turn.duration_seconds", ToSeconds(call.now - start)},
                                {"turn.was_interrupted", was_interrupted},
                                {"turn.user_bot_latency_seconds", ttfb + 0.3}});
    turn->context.span_id = turn_id;
    spans.push_back(turn);
    return spans;
  }

  SpanPtr MakeStt(Call& call, otel::SpanId turn, const std::string& user) {
    const double lasts = call.stream.LogNormal(0.9, 0.4);
    const double ttfb = call.stream.LogNormal(0.18, 0.3);
    return MakeSpan(call, "stt", turn, call.now, call.now + Seconds(lasts),
                    {{"gen_ai.provider.name", "deepgram"},
                     {"gen_ai.request.model", "nova-3-general"},
                     {"gen_ai.operation.name", "stt"},
                     {"vad_enabled", false},
                     {"transcript", user},
                     {"is_final", true},
                     {"language", "en-US"},
                     {"metrics.ttfb", ttfb},
                     {"settings.punctuate", true},
                     {"settings.interim_results", true}});
  }

  SpanPtr MakeLlm(Call& call, otel::SpanId turn, double ttfb, const std::string& bot) {
    const std::string input = call.messages + "]";
    const double lasts = ttfb + call.stream.LogNormal(0.8, 0.4);
    const auto span = MakeSpan(call, "llm", turn, call.now, call.now + Seconds(lasts),
                               {{"gen_ai.provider.name", "openai"},
                                {"gen_ai.request.model", "gpt-4.1"},
                                {"gen_ai.operation.name", "chat"},
                                {"gen_ai.output.type", "text"},
                                {"stream", true},
                                {"input", input},
                                {"output", bot},
                                {"metrics.ttfb", ttfb},
                                {"gen_ai.request.temperature", 0.7},
                                {"gen_ai.usage.input_tokens", input.size() / 4},
                                {"gen_ai.usage.output_tokens", bot.size() / 4}});
    if (call.stream.Next() % 200 != 0) return span;
    span->status = otel::SpanStatus::kError;
    span->status_description = "upstream timed out";
    span->events.push_back(
        {.name = "exception",
         .time = span->end,
         .attributes = {{"exception.type", "TimeoutError"}, {"exception.message", "upstream timed out"}}});
    return span;
  }

  SpanPtr MakeTts(Call& call, otel::SpanId turn, Nanos start, const std::string& bot) {
    const double lasts = call.stream.LogNormal(1.6, 0.4);
    const double ttfb = call.stream.LogNormal(0.12, 0.3);
    return MakeSpan(call, "tts", turn, start, start + Seconds(lasts),
                    {{"gen_ai.provider.name", "cartesia"},
                     {"gen_ai.request.model", "sonic-2"},
                     {"gen_ai.operation.name", "tts"},
                     {"gen_ai.output.type", "speech"},
                     {"voice_id", "71a7ad14-091c-4e8e-a314-022ece01c121"},
                     {"text", bot},
                     {"metrics.character_count", bot.size()},
                     {"metrics.ttfb", ttfb}});
  }

  const Vocabulary vocabulary_;
  const std::shared_ptr<const otel::Resource> resource_ = MakeResource();
  std::array<std::string, 4> prompts_;
  Nanos day_;
  std::uint64_t next_;
};

Voice10::Voice10(Options options)
    : options_(options), conversations_(std::make_unique<Conversations>(options.day, options.first)) {}

Voice10::~Voice10() = default;

std::vector<Batch> Voice10::Next(int spans) {
  std::vector<Batch> batches;
  const auto batch = static_cast<std::size_t>(options_.batch);
  for (int made = 0; made < spans;) {
    const int left = (spans - made + kSpansInConversation - 1) / kSpansInConversation;
    const auto open =
        options_.is_mixed ? std::min<std::uint64_t>(kOpenAtOnce, static_cast<std::uint64_t>(left)) : 1;
    std::vector<std::array<std::vector<SpanPtr>, kTurns>> calls;
    for (std::uint64_t i = 0; i < open; ++i) calls.push_back(conversations_->Make());
    for (std::size_t turn = 0; turn < kTurns; ++turn) {
      for (const auto& call : calls) waiting_.insert(waiting_.end(), call[turn].begin(), call[turn].end());
    }
    made += static_cast<int>(open) * kSpansInConversation;
    while (waiting_.size() >= batch) batches.push_back(Cut(batch));
  }
  if (!waiting_.empty()) batches.push_back(Cut(waiting_.size()));
  return batches;
}

Batch Voice10::Cut(std::size_t spans) {
  Batch batch{.spans = static_cast<int>(spans),
              .last_trace_id = waiting_[spans - 1]->context.trace_id.ToHex()};
  otel::EncodeTraceRequest(std::span(waiting_).first(spans), batch.body);
  if (options_.gzip) batch.body = *otel::Compress(batch.body, otel::Compression::kGzip);
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(spans));
  return batch;
}

}  // namespace repartee::bench
