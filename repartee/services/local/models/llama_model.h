// A language model on this machine, by llama.cpp: any GGUF file with a chat template.
//
// One loaded model serves all conversations; each has a LlamaSession with a KV cache of its
// own. A session keeps what two prompts have in common, so a turn costs its new words
// only: give it the whole conversation each time, as far as it was really spoken.
//
// Thread: LlamaModel any, at once; calls on one session wait for each other, and
// block for as long as the model thinks.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"

struct llama_context;
struct llama_model;
struct llama_sampler;

namespace repartee::local {

struct LlamaOptions {
  // ggml's threads spin: one more than the cores that are free costs ten times the speed. 0: cores - 1.
  int threads = 0;
  int context_tokens = 2048;  // prompt and answer together
};

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

struct GenerateOptions {
  int max_tokens = 200;
};

enum class LlamaStop : std::uint8_t {
  kEndOfTurn,   // the model had no more to say
  kTokenLimit,  // max_tokens, or the context is full
  kCaller,      // on_text answered false
};

struct LlamaUsage {
  int prompt_tokens = 0;
  int cached_tokens = 0;  // of these, found in the KV cache
  int completion_tokens = 0;
  LlamaStop stop = LlamaStop::kEndOfTurn;
};

class LlamaModel {
 public:
  // Under a second for a file in the page cache. NotFound, or Malformed if llama.cpp refuses the file;
  // FailedPrecondition on a processor without AVX2.
  static Result<std::shared_ptr<LlamaModel>> Load(const std::filesystem::path& gguf,
                                                  LlamaOptions options = {});

  const LlamaOptions& options() const { return options_; }

 private:
  friend class LlamaSession;
  using Handle = std::unique_ptr<llama_model, void (*)(llama_model*)>;
  LlamaModel(Handle handle, LlamaOptions options) : handle_(std::move(handle)), options_(options) {}

  // The conversation in the model's own form; `answer` also opens the assistant's turn.
  Result<std::vector<std::int32_t>> Tokens(const std::vector<ChatMessage>& messages, bool answer) const;
  std::string Piece(std::int32_t token) const;

  Handle handle_;
  const LlamaOptions options_;
};

class LlamaSession {
 public:
  // Some text of the answer, whole characters only; false ends the answer.
  using OnText = UniqueFunction<bool(std::string_view text)>;

  // Shares the model with the other sessions. ResourceExhausted if there is no memory for the cache.
  static Result<std::unique_ptr<LlamaSession>> Create(std::shared_ptr<const LlamaModel> model);

  // Brings messages into the cache ahead of time: the system prompt, while the caller is greeted.
  Status Prefill(const std::vector<ChatMessage>& messages, const std::atomic<bool>& cancel);

  // The answer to `messages`, most likely word first (no chance in it). Cancelled within some 70 ms of
  // `cancel` becoming true, inside a long prompt too; the session works on after it.
  // ResourceExhausted if the conversation does not fit into the context.
  Result<LlamaUsage> Generate(const std::vector<ChatMessage>& messages, GenerateOptions options,
                              OnText on_text, const std::atomic<bool>& cancel);

 private:
  using Context = std::unique_ptr<llama_context, void (*)(llama_context*)>;
  using Sampler = std::unique_ptr<llama_sampler, void (*)(llama_sampler*)>;
  LlamaSession(std::shared_ptr<const LlamaModel> model, Context context, Sampler sampler);

  // Makes the cache hold `tokens` and nothing else, with the last one freshly decoded if `decode_last`.
  // How many were there already.
  Result<int> Evaluate(const std::vector<std::int32_t>& tokens, bool decode_last,
                       const std::atomic<bool>& cancel);
  Status Decode(std::vector<std::int32_t> tokens, const std::atomic<bool>& cancel);
  Result<LlamaUsage> Answer(LlamaUsage usage, GenerateOptions options, OnText on_text,
                            const std::atomic<bool>& cancel);

  std::mutex mutex_;  // guards all below but the model
  const std::shared_ptr<const LlamaModel> model_;
  Context context_;
  Sampler sampler_;
  std::vector<std::int32_t> cached_;  // the tokens of the KV cache
};

}  // namespace repartee::local
