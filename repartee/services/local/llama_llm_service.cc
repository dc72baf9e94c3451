#include "repartee/services/local/llama_llm_service.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <variant>

#include "repartee/base/log.h"
#include "repartee/base/mailbox.h"
#include "repartee/conversation/llm_context.h"
#include "repartee/services/local/sentence_limit.h"

namespace repartee {
namespace {

using local::ChatMessage;
using local::LlamaUsage;

constexpr int kMaxTokens = 200;
constexpr int kMostTokens = 4096;
// Of a conversation that has outgrown the context, the next prompt begins with so many messages.
constexpr std::size_t kKeptMessages = 3;

// A piece of the answer, or how it ended.
using AnswerEvent = std::variant<std::string, Result<LlamaUsage>>;

Json WithModel(Json settings, const std::string& model) {
  settings["model"] = model;
  return settings;
}

int Number(const Json& settings, const char* name, int unset) {
  const auto value = settings.find(name);
  return value == settings.end() ? unset : value->get<int>();
}

std::string TextOf(const Json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (!content.is_array()) return text;
  for (const Json& part : content) {
    const auto found = part.is_object() ? part.find("text") : part.end();
    if (part.is_object() && found != part.end() && found->is_string()) text += found->get<std::string>();
  }
  return text;
}

bool IsSystem(const ChatMessage& message) { return message.role == "system"; }

LLMTokenUsage UsageOf(const LlamaUsage& usage) {
  LLMTokenUsage tokens;
  tokens.prompt_tokens = usage.prompt_tokens;
  tokens.completion_tokens = usage.completion_tokens;
  tokens.total_tokens = usage.prompt_tokens + usage.completion_tokens;
  tokens.cache_read_input_tokens = usage.cached_tokens;
  return tokens;
}

}  // namespace

// What the jobs of one conversation share; they take turns. Thread: any.
struct LlamaCppLLMService::Session {
  explicit Session(std::shared_ptr<const local::LlamaModel> llama) : model(std::move(llama)) {}

  // Gives the session, made by the first job since that takes memory and time.
  Result<local::LlamaSession*> Get();
  Status Prefill(const std::vector<ChatMessage>& messages, const std::atomic<bool>& cancel);
  template <class Pass>
  Result<LlamaUsage> Answer(std::vector<ChatMessage> messages, local::GenerateOptions options,
                            SentenceLimit limit, const Pass& pass, const std::atomic<bool>& cancel);

  const std::shared_ptr<const local::LlamaModel> model;
  std::mutex mutex;
  std::unique_ptr<local::LlamaSession> session;  // guarded by mutex, like all below
  std::size_t forgotten = 0;                     // of the oldest messages behind the instructions
};

Result<local::LlamaSession*> LlamaCppLLMService::Session::Get() {
  if (!session) {
    auto made = local::LlamaSession::Create(model);
    if (!made.ok()) return std::move(made).status();
    session = *std::move(made);
  }
  return session.get();
}

Status LlamaCppLLMService::Session::Prefill(const std::vector<ChatMessage>& messages,
                                            const std::atomic<bool>& cancel) {
  const std::lock_guard lock(mutex);
  const auto llama = Get();
  if (!llama.ok() || messages.empty()) return llama.ok() ? OkStatus() : llama.status();
  return (*llama)->Prefill(messages, cancel);
}

// Forgets much at once, and then nothing for long: whatever follows a gap in the prompt is read anew.
template <class Pass>
Result<LlamaUsage> LlamaCppLLMService::Session::Answer(std::vector<ChatMessage> messages,
                                                       local::GenerateOptions options, SentenceLimit limit,
                                                       const Pass& pass, const std::atomic<bool>& cancel) {
  const std::lock_guard lock(mutex);
  const auto llama = Get();
  if (!llama.ok()) return llama.status();
  const auto on_text = [&](std::string_view piece) {
    if (std::string text = limit.Add(piece); !text.empty()) pass(std::move(text));
    return !limit.over();
  };
  const auto spoken = std::find_if_not(messages.begin(), messages.end(), IsSystem);
  const auto said = static_cast<std::size_t>(messages.end() - spoken);
  if (forgotten >= said) forgotten = 0;
  messages.erase(spoken, spoken + static_cast<std::ptrdiff_t>(forgotten));

  auto usage = (*llama)->Generate(messages, options, on_text, cancel);
  if (std::string rest = limit.Finish(); usage.ok() && !rest.empty()) pass(std::move(rest));
  const bool full = usage.ok() ? model->options().context_tokens <
                                     usage->prompt_tokens + usage->completion_tokens + 2 * options.max_tokens
                               : usage.status().code() == StatusCode::kResourceExhausted;
  if (full && said > kKeptMessages) forgotten = said - kKeptMessages;
  return usage;
}

LlamaCppLLMService::LlamaCppLLMService(local::LocalModels& models, Json settings)
    : LLMService("LlamaCppLLMService", WithModel(std::move(settings), models.language_model_name())),
      models_(models),
      session_(std::make_shared<Session>(models.llama())) {}

Status LlamaCppLLMService::CheckSettings(const Json& delta) const {
  for (const auto& [name, value] : delta.items()) {
    if (name == "system_instruction") {
      if (!value.is_string() && !value.is_null())
        return Status::InvalidArgument("system_instruction: a text is needed");
    } else if (name == "max_tokens" || name == "max_sentences") {
      const bool number = value.is_number_integer() && value >= 0 && value <= kMostTokens;
      if (!number && !value.is_null()) {
        return Status::InvalidArgument("{}: a whole number from 0 to {} is needed", name, kMostTokens);
      }
    } else {
      return Status::InvalidArgument(
          "{} cannot be set; a local language model has system_instruction, max_tokens "
          "and max_sentences",
          name);
    }
  }
  return OkStatus();
}

Status LlamaCppLLMService::Start() {
  Json given = settings();
  given.erase("model");
  if (Status status = CheckSettings(given); !status.ok()) return status;
  if (!models_.llama()) return Status::FailedPrecondition("no local language model was loaded");
  auto work = [session = session_, prompt = Prompt(Json::array()), token = prefill_] {
    return session->Prefill(prompt, token.flag());
  };
  // Should it fail, the first answer will too, and tell.
  const Status submitted = models_.pool().Submit(loop(), local::InferenceLane::kLanguageModel, prefill_,
                                                 std::move(work), [](const Status&) {});
  if (!submitted.ok()) LogDebug("{}: {}", name(), submitted.message());
  return LLMService::Start();
}

void LlamaCppLLMService::OnCleanup() {
  prefill_.Cancel();
  LLMService::OnCleanup();
}

// Tools are not offered: these models cannot call any.
std::vector<ChatMessage> LlamaCppLLMService::Prompt(const Json& messages) const {
  std::vector<ChatMessage> prompt;
  const auto instruction = settings().find("system_instruction");
  if (instruction != settings().end()) prompt.push_back({"system", instruction->get<std::string>()});
  for (const Json& message : messages) {
    std::string role = message.at("role").get<std::string>();
    const auto content = message.find("content");
    std::string text = content == message.end() ? std::string() : TextOf(*content);
    if (role == "tool" || text.empty()) continue;
    if (role == "developer") role = "system";
    prompt.push_back({std::move(role), std::move(text)});
  }
  return prompt;
}

Task<Status> LlamaCppLLMService::ProcessContext(std::shared_ptr<LLMContext> context) {
  if (!context) co_return Status::Internal("a context frame without a context");
  const int most = Number(settings(), "max_tokens", kMaxTokens);
  Mailbox<AnswerEvent> events(loop(), static_cast<std::size_t>(most) + 2);
  const local::CancelToken token;
  // Runs ahead of the mailbox's end: nothing is put into it any more.
  const Finally cancel([token] { token.Cancel(); });

  auto post = [&events, token, &target = loop()](std::string text) {
    target.Post([&events, token, text = std::move(text)]() mutable {
      if (!token.cancelled()) events.Send(std::move(text));
    });
  };
  auto work = [session = session_, prompt = Prompt(context->MessagesFor("llama")), token, post, most,
               limit = SentenceLimit(Number(settings(), "max_sentences", 0))]() mutable {
    return session->Answer(std::move(prompt), {.max_tokens = most}, std::move(limit), post, token.flag());
  };
  RequestStarted(context->MessagesFor("llama"), Json());
  const Status submitted =
      models_.pool().Submit(loop(), local::InferenceLane::kLanguageModel, token, std::move(work),
                            [&events](Result<LlamaUsage> usage) { events.Send(std::move(usage)); });
  if (!submitted.ok()) co_return submitted;

  while (std::optional<AnswerEvent> event = co_await events.Receive()) {
    if (auto* text = std::get_if<std::string>(&*event)) {
      FirstChunk();
      PushText(std::move(*text));
      continue;
    }
    const auto& usage = std::get<Result<LlamaUsage>>(*event);
    if (!usage.ok()) co_return usage.status();
    NoteUsage(UsageOf(*usage));
    break;
  }
  co_return OkStatus();
}

}  // namespace repartee
