#include "repartee/services/local/models/llama_model.h"

#include <llama.h>

#include <algorithm>
#include <span>
#include <thread>

#include "repartee/base/log.h"
#include "repartee/services/local/models/utf8_assembler.h"

namespace repartee::local {
namespace {

static_assert(sizeof(llama_token) == sizeof(std::int32_t));

// Tokens of a prompt that one llama_decode takes.
constexpr std::size_t kBatchTokens = 512;

void StartBackendOnce() {
  static const bool started = [] {
    llama_log_set(
        [](ggml_log_level level, const char* text, void*) {
          if (level == GGML_LOG_LEVEL_ERROR) LogDebug("llama.cpp: {}", text);
        },
        nullptr);
    llama_backend_init();
    return true;
  }();
  static_cast<void>(started);
}

bool IsCancelled(void* flag) { return static_cast<const std::atomic<bool>*>(flag)->load(); }

// Stops llama_decode in the midst of a long prompt; taken away again before the flag can die.
class AbortScope {
 public:
  AbortScope(llama_context* context, const std::atomic<bool>& cancel) : context_(context) {
    llama_set_abort_callback(context_, &IsCancelled, const_cast<std::atomic<bool>*>(&cancel));
  }
  ~AbortScope() { llama_set_abort_callback(context_, nullptr, nullptr); }
  AbortScope(const AbortScope&) = delete;
  AbortScope& operator=(const AbortScope&) = delete;

 private:
  llama_context* context_;
};

}  // namespace

Result<std::shared_ptr<LlamaModel>> LlamaModel::Load(const std::filesystem::path& gguf,
                                                     LlamaOptions options) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi2")) {
    return Status::FailedPrecondition(
        "the local language model needs a processor with AVX2, FMA and BMI2; use an OpenAI-compatible URL "
        "instead");
  }
  if (options.context_tokens < 64 || options.context_tokens > 131072 || options.threads < 0 ||
      options.threads > 256) {
    return Status::InvalidArgument("llama: context_tokens {} (64 to 131072), threads {} (0 to 256)",
                                   options.context_tokens, options.threads);
  }
  if (std::error_code error; !std::filesystem::is_regular_file(gguf, error)) {
    return Status::NotFound("no such language model: {}", gguf.string());
  }
  StartBackendOnce();
  if (options.threads == 0) {
    options.threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
  }
  Handle handle(llama_model_load_from_file(gguf.c_str(), llama_model_default_params()), &llama_model_free);
  if (!handle) {
    return Status::Malformed(
        "llama.cpp cannot load {}: no GGUF file, damaged, or too large for this machine's memory",
        gguf.string());
  }
  return std::shared_ptr<LlamaModel>(new LlamaModel(std::move(handle), options));
}

Result<std::vector<std::int32_t>> LlamaModel::Tokens(const std::vector<ChatMessage>& messages,
                                                     bool answer) const {
  std::vector<llama_chat_message> chat;
  for (const ChatMessage& message : messages) chat.push_back({message.role.c_str(), message.content.c_str()});
  const char* own = llama_model_chat_template(handle_.get(), nullptr);
  const char* form = own ? own : "chatml";
  const auto length = llama_chat_apply_template(form, chat.data(), chat.size(), answer, nullptr, 0);
  if (length < 0)
    return Status::Unimplemented("llama: the model's chat template is none that llama.cpp knows");
  std::string prompt(static_cast<std::size_t>(length), '\0');
  llama_chat_apply_template(form, chat.data(), chat.size(), answer, prompt.data(), length);

  const llama_vocab* vocabulary = llama_model_get_vocab(handle_.get());
  // One token a byte at most, and those put in front.
  std::vector<std::int32_t> tokens(prompt.size() + 8);
  const auto count = llama_tokenize(vocabulary, prompt.data(), length, tokens.data(),
                                    static_cast<std::int32_t>(tokens.size()), true, true);
  if (count <= 0)
    return Status::InvalidArgument("llama: a prompt of {} bytes gives no tokens", prompt.size());
  tokens.resize(static_cast<std::size_t>(count));
  return tokens;
}

std::string LlamaModel::Piece(std::int32_t token) const {
  const llama_vocab* vocabulary = llama_model_get_vocab(handle_.get());
  std::string piece(64, '\0');
  auto length = llama_token_to_piece(vocabulary, token, piece.data(), static_cast<std::int32_t>(piece.size()),
                                     0, false);
  if (length < 0) {
    piece.resize(static_cast<std::size_t>(-length));
    length = llama_token_to_piece(vocabulary, token, piece.data(), -length, 0, false);
  }
  piece.resize(static_cast<std::size_t>(std::max(0, length)));
  return piece;
}

LlamaSession::LlamaSession(std::shared_ptr<const LlamaModel> model, Context context, Sampler sampler)
    : model_(std::move(model)), context_(std::move(context)), sampler_(std::move(sampler)) {}

Result<std::unique_ptr<LlamaSession>> LlamaSession::Create(std::shared_ptr<const LlamaModel> model) {
  const LlamaOptions& options = model->options();
  llama_context_params params = llama_context_default_params();
  params.n_ctx = static_cast<std::uint32_t>(options.context_tokens);
  params.n_batch = params.n_ubatch = kBatchTokens;
  params.n_threads = params.n_threads_batch = options.threads;
  Context context(llama_init_from_model(model->handle_.get(), params), &llama_free);
  if (!context) {
    return Status::ResourceExhausted("llama: no memory for a context of {} tokens", options.context_tokens);
  }
  Sampler sampler(llama_sampler_init_greedy(), &llama_sampler_free);
  return std::unique_ptr<LlamaSession>(
      new LlamaSession(std::move(model), std::move(context), std::move(sampler)));
}

Status LlamaSession::Prefill(const std::vector<ChatMessage>& messages, const std::atomic<bool>& cancel) {
  const std::lock_guard lock(mutex_);
  const auto tokens = model_->Tokens(messages, false);
  if (!tokens.ok()) return tokens.status();
  const Result<int> cached = Evaluate(*tokens, false, cancel);
  return cached.ok() ? OkStatus() : cached.status();
}

Result<LlamaUsage> LlamaSession::Generate(const std::vector<ChatMessage>& messages, GenerateOptions options,
                                          OnText on_text, const std::atomic<bool>& cancel) {
  const std::lock_guard lock(mutex_);
  const auto tokens = model_->Tokens(messages, true);
  if (!tokens.ok()) return tokens.status();
  const Result<int> cached = Evaluate(*tokens, true, cancel);
  if (!cached.ok()) return cached.status();
  return Answer({.prompt_tokens = static_cast<int>(tokens->size()), .cached_tokens = *cached}, options,
                std::move(on_text), cancel);
}

Result<int> LlamaSession::Evaluate(const std::vector<std::int32_t>& tokens, bool decode_last,
                                   const std::atomic<bool>& cancel) {
  if (tokens.size() >= llama_n_ctx(context_.get())) {
    return Status::ResourceExhausted(
        "llama: the conversation has {} tokens, the model's context {}; shorten it", tokens.size(),
        llama_n_ctx(context_.get()));
  }
  const auto differ = std::mismatch(tokens.begin(), tokens.end(), cached_.begin(), cached_.end());
  auto common = static_cast<std::size_t>(differ.first - tokens.begin());
  // The next word is read off the last token's decoding.
  if (decode_last && common == tokens.size()) --common;
  llama_memory_t memory = llama_get_memory(context_.get());
  if (common < cached_.size() && !llama_memory_seq_rm(memory, 0, static_cast<llama_pos>(common), -1)) {
    // Some kinds of model can only forget everything.
    llama_memory_clear(memory, true);
    common = 0;
  }
  cached_.resize(common);
  for (std::size_t begin = common; begin < tokens.size(); begin += kBatchTokens) {
    const auto from = tokens.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto count = std::min(kBatchTokens, tokens.size() - begin);
    if (Status status = Decode({from, from + static_cast<std::ptrdiff_t>(count)}, cancel); !status.ok())
      return status;
  }
  return static_cast<int>(common);
}

Status LlamaSession::Decode(std::vector<std::int32_t> tokens, const std::atomic<bool>& cancel) {
  if (cancel.load()) return Status::Cancelled("llama: asked to stop");
  const AbortScope abort(context_.get(), cancel);
  const auto result = llama_decode(
      context_.get(), llama_batch_get_one(tokens.data(), static_cast<std::int32_t>(tokens.size())));
  if (result == 0) {
    cached_.insert(cached_.end(), tokens.begin(), tokens.end());
    return OkStatus();
  }
  // Whatever part of the batch got into the cache goes out again.
  llama_memory_seq_rm(llama_get_memory(context_.get()), 0, static_cast<llama_pos>(cached_.size()), -1);
  if (cancel.load()) return Status::Cancelled("llama: asked to stop");
  return Status::Internal("llama: decoding {} tokens failed ({})", tokens.size(), result);
}

Result<LlamaUsage> LlamaSession::Answer(LlamaUsage usage, GenerateOptions options, OnText on_text,
                                        const std::atomic<bool>& cancel) {
  const llama_vocab* vocabulary = llama_model_get_vocab(model_->handle_.get());
  Utf8Assembler assembler;
  while (usage.completion_tokens < options.max_tokens && cached_.size() < llama_n_ctx(context_.get())) {
    if (cancel.load()) return Status::Cancelled("llama: asked to stop");
    const llama_token token = llama_sampler_sample(sampler_.get(), context_.get(), -1);
    if (llama_vocab_is_eog(vocabulary, token)) {
      usage.stop = LlamaStop::kEndOfTurn;
      return usage;
    }
    ++usage.completion_tokens;
    const std::string text = assembler.Add(model_->Piece(token));
    if (!text.empty() && !on_text(text)) {
      usage.stop = LlamaStop::kCaller;
      return usage;
    }
    if (Status status = Decode({token}, cancel); !status.ok()) return status;
  }
  usage.stop = LlamaStop::kTokenLimit;
  return usage;
}

}  // namespace repartee::local
