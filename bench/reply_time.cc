// repartee-reply-time: six recorded callers ask the local agent something, in real time.
//
// Reports the words that were recognised and, for each reply, the time from the end of
// speech, as the VAD dates it, to the first audible sample of the answer, split by who
// took it. Models are loaded and one conversation is held before anything counts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "repartee/agent/clip_conversation.h"
#include "repartee/agent/vendor_choice.h"
#include "repartee/base/json.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/services/llm_service.h"

namespace repartee {
namespace {

struct Caller {
  const char* file;
  const char* spoken;  // folded
  bool real;           // else synthetic
};
constexpr Caller kCallers[] = {
    {"synthetic-capital-of-france.wav", "what is the capital of france", false},
    {"synthetic-new-york.wav", "how many people live in new york city", false},
    {"austen-0870.wav",
     "and mister john dashwood had then leisure to consider how much there might be prudently in his power "
     "to do "
     "for them",
     true},
    {"austen-0880.wav", "he was not an ill disposed young man", true},
    {"goforward.wav", "go forward ten meters", true},
    {"ten-of-clubs.wav", "ten of clubs", true},
};
constexpr Nanos kSilenceBefore = std::chrono::milliseconds(600);
constexpr const char* kParts[] = {"vad", "stt", "wait", "llm", "tts", "other"};

// Lower case, no punctuation, a hyphen is a blank, "Mr." is mister, "metres" meters, "10" ten.
std::vector<std::string> Folded(std::string_view text) {
  static const std::map<std::string, std::string> kSame{
      {"mr", "mister"}, {"metres", "meters"}, {"10", "ten"}};
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (word.empty()) return;
    const auto same = kSame.find(word);
    words.push_back(same == kSame.end() ? word : same->second);
    word.clear();
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      word += static_cast<char>(std::tolower(byte));
    } else if (c == ' ' || c == '-') {
      finish();
    }
  }
  finish();
  return words;
}

// Words that were left out, put in or put for another.
int WrongWords(const std::vector<std::string>& spoken, const std::vector<std::string>& heard) {
  std::vector<int> row(heard.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= spoken.size(); ++i) {
    int diagonal = std::exchange(row[0], static_cast<int>(i));
    for (std::size_t j = 1; j < row.size(); ++j) {
      const int replaced = diagonal + (spoken[i - 1] == heard[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

double Millis(Nanos duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::string PartOf(std::string_view key) {
  if (key == "endpointing_wait") return "vad";
  if (key == "transcription") return "stt";
  if (key == "turn_detection") return "wait";
  if (key == "llm_inference" || key == "sentence_aggregation") return "llm";
  return key == "speech_synthesis" ? "tts" : "other";
}

struct Measured {
  const Caller* caller;
  std::string heard{};
  std::string answer{};
  int wrong = 0;
  bool replied = false;
  double total_ms = 0;
  std::map<std::string, double> parts{};  // kParts
};

Measured Judge(const Caller& caller, const ClipConversationResult& result) {
  Measured measured{.caller = &caller};
  for (const Said& said : result.said) {
    std::string& text = said.by == Said::By::kUser ? measured.heard : measured.answer;
    text += (text.empty() ? "" : " ") + said.text;
  }
  measured.wrong = WrongWords(Folded(caller.spoken), Folded(measured.heard));
  if (result.replies.empty()) return measured;
  const Reply& reply = result.replies.front();
  measured.replied = true;
  measured.total_ms = Millis(reply.latency.total + reply.leading_silence);
  for (const char* part : kParts) measured.parts[part] = 0;
  for (const LatencyContribution& one : reply.latency.contributions) {
    measured.parts[PartOf(one.key)] += Millis(one.duration);
  }
  measured.parts["tts"] += Millis(reply.leading_silence);
  return measured;
}

double Load() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : -1;
}

// Talks until it is interrupted.
class Storyteller final : public LLMService {
 public:
  Storyteller() : LLMService("Storyteller", Json::object()) {}

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    RequestStarted(context->messages(), Json());
    FirstChunk();
    PushText(
        "Once upon a time, there was an old king, who lived in a castle by the sea. Every morning, he walked "
        "along the beach, and he counted the ships that came home from far away.");
    co_return OkStatus();
  }
};

class StorytellerStack final : public AgentStack {
 public:
  explicit StorytellerStack(AgentStack& stack) : stack_(stack) {}
  Result<AgentServices> NewServices() override {
    auto services = stack_.NewServices();
    if (services.ok()) services->llm = std::make_unique<Storyteller>();
    return services;
  }
  std::string language_model() const override { return "storyteller"; }

 private:
  AgentStack& stack_;
};

struct Options {
  std::string folder = REPARTEE_SOURCE_DIR "/tests/data/audio";
  AgentSettings agent;
  double speech_timeout = 0.2;
  int rounds = 1;
  bool json = false;
};

class Bench {
 public:
  explicit Bench(Options options) : options_(std::move(options)) {}

  Status Run() {
    options_.agent.user_speech_timeout = FromSeconds(options_.speech_timeout);
    auto stack = AgentStack::Load(options_.agent);
    if (!stack.ok()) return std::move(stack).status();
    stack_ = *std::move(stack);
    load_before_ = Load();
    if (auto warm = Talk(*stack_, kCallers[0].file); !warm.ok()) return std::move(warm).status();
    for (int round = 0; round < options_.rounds; ++round) {
      for (const Caller& caller : kCallers) {
        auto result = Talk(*stack_, caller.file);
        if (!result.ok()) return std::move(result).status();
        measured_.push_back(Judge(caller, *result));
        if (!options_.json) Show(measured_.back());
      }
    }
    if (Status status = BargeIn(); !status.ok()) return status;
    Finish();
    return OkStatus();
  }

 private:
  Result<WavAudio> Clip(const char* file) const { return ReadWav(options_.folder + "/" + file); }

  Result<ClipConversationResult> Talk(AgentStack& stack, const char* file) {
    auto clip = Clip(file);
    if (!clip.ok()) return std::move(clip).status();
    return Talk(stack, *std::move(clip));
  }
  Result<ClipConversationResult> Talk(AgentStack& stack, WavAudio clip) {
    ClipConversationOptions conversation;
    conversation.silence_before = kSilenceBefore;
    return RunClipConversation(loop_, stack, options_.agent, std::move(clip), std::move(conversation));
  }

  // A second question four seconds behind the first, in the midst of the answer.
  Status BargeIn() {
    auto clip = Clip(kCallers[0].file);
    auto second = Clip(kCallers[1].file);
    if (!clip.ok() || !second.ok()) return clip.ok() ? second.status() : clip.status();
    clip->samples.resize(clip->samples.size() + 4 * static_cast<std::size_t>(clip->rate_hz));
    clip->samples.insert(clip->samples.end(), second->samples.begin(), second->samples.end());
    StorytellerStack storyteller(*stack_);
    auto result = Talk(storyteller, *std::move(clip));
    if (!result.ok()) return std::move(result).status();
    if (!result->silent_after_barge_in.empty()) silent_ms_ = Millis(result->silent_after_barge_in.front());
    return OkStatus();
  }

  static void Show(const Measured& one) {
    static const bool titled = [] {
      fmt::print("{:<32}{:>7}{:>6}{:>6}{:>6}{:>6}{:>6}{:>6}  ms; heard, answer\n", "clip", "reply", "VAD",
                 "STT", "wait", "LLM", "TTS", "other");
      return true;
    }();
    static_cast<void>(titled);
    fmt::print("{:<32}{:>7.0f}", one.caller->file, one.total_ms);
    for (const char* part : kParts) fmt::print("{:>6.0f}", one.replied ? one.parts.at(part) : 0.0);
    fmt::print("  \"{}\" -> \"{}\"{}\n", one.heard, one.answer,
               one.wrong ? fmt::format(" ({} wrong)", one.wrong) : "");
    std::fflush(stdout);
  }

  double Median() const {
    std::vector<double> totals;
    for (const Measured& one : measured_) {
      if (one.replied) totals.push_back(one.total_ms);
    }
    if (totals.empty()) return 0;
    std::sort(totals.begin(), totals.end());
    return (totals[(totals.size() - 1) / 2] + totals[totals.size() / 2]) / 2;
  }
  // Of one round.
  int Wrong(bool real) const {
    int wrong = 0;
    for (const Measured& one : measured_) wrong += one.caller->real == real ? one.wrong : 0;
    return wrong / options_.rounds;
  }

  void Finish() const {
    int real_words = 0;
    for (const Caller& caller : kCallers) {
      real_words += caller.real ? static_cast<int>(Folded(caller.spoken).size()) : 0;
    }
    const unsigned cores = std::thread::hardware_concurrency();
    if (options_.json) return PrintJson(real_words, cores);
    fmt::print("\nwords wrong: {} of {} (real clips), {} (synthetic clips)\n", Wrong(true), real_words,
               Wrong(false));
    fmt::print("reply time: median {:.0f} ms over {} conversations; barge-in: silent after {:.0f} ms\n",
               Median(), measured_.size(), silent_ms_);
    fmt::print(
        "model {}, {} language thread(s), user_speech_timeout {} s, {} cores, load {:.2f} before, {:.2f} "
        "after\n",
        stack_->language_model(), options_.agent.threads, options_.speech_timeout, cores, load_before_,
        Load());
  }

  void PrintJson(int real_words, unsigned cores) const {
    Json clips = Json::array();
    for (const Measured& one : measured_) {
      clips.push_back({{"clip", one.caller->file},
                       {"heard", one.heard},
                       {"answer", one.answer},
                       {"wrong_words", one.wrong},
                       {"replied", one.replied},
                       {"reply_ms", one.total_ms},
                       {"parts_ms", one.parts}});
    }
    const Json json = {{"clips", std::move(clips)},
                       {"median_reply_ms", Median()},
                       {"wrong_words_real", Wrong(true)},
                       {"words_real", real_words},
                       {"wrong_words_synthetic", Wrong(false)},
                       {"silent_after_barge_in_ms", silent_ms_},
                       {"model", stack_->language_model()},
                       {"threads", options_.agent.threads},
                       {"user_speech_timeout", options_.speech_timeout},
                       {"cores", cores},
                       {"load_before", load_before_},
                       {"load_after", Load()}};
    fmt::print("{}\n", json.dump());
  }

  Options options_;
  EventLoop loop_;
  std::unique_ptr<AgentStack> stack_;  // behind the loop that it serves
  double load_before_ = 0;
  double silent_ms_ = -1;
  std::vector<Measured> measured_;
};

int Main(int argc, char** argv) {
  Options options;
  options.agent.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
  CLI::App app("Reply times of the local agent on recorded callers", "repartee-reply-time");
  app.add_option("--audio", options.folder, "Folder of the clips")->capture_default_str();
  app.add_option_function<std::string>(
      "--llm", [&](const std::string& name) { options.agent.llm.assign(1, LanguageModelNamed(name)); },
      "As repartee talk takes it");
  app.add_option("--threads", options.agent.threads, "Of the language model")->check(CLI::Range(1, 256));
  app.add_option("--user-speech-timeout", options.speech_timeout, "Seconds")->check(CLI::Range(0.0, 60.0));
  app.add_option("--rounds", options.rounds, "How often each clip is played")->check(CLI::Range(1, 1000));
  app.add_flag("--json", options.json, "One JSON object");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const Status status = Bench(std::move(options)).Run();
  if (status.ok()) return 0;
  fmt::print(stderr, "repartee-reply-time: {}\n", status.message());
  return 1;
}

}  // namespace
}  // namespace repartee

int main(int argc, char** argv) { return repartee::Main(argc, argv); }
