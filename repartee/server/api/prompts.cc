// Prompts: versions that labels point at. Agents fetch them as a call begins, so an
// answer can be kept and asked about by its ETag.
#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "repartee/base/encoding.h"
#include "repartee/server/api/body.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/prompt_store.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxName = 255;
constexpr std::size_t kMaxLabel = 36;
constexpr std::size_t kMaxCommitMessage = 500;
constexpr std::int64_t kDefaultLimit = 10;

Json ShowPrompt(const ConfigItem& item, const ApiCall& call) {
  Json json = ShowItem(item, call);
  json["name"] = item.name;
  const std::vector<std::string> labels = LabelsOf(json);
  json["isActive"] = std::find(labels.begin(), labels.end(), kProductionLabel) != labels.end();
  return json;
}

bool IsLabel(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabel) return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

void CheckLabels(BodyReader& body, std::string_view field, const std::vector<std::string>& labels) {
  for (const std::string& label : labels) {
    if (!IsLabel(label))
      body.Fault(field, "invalid_value", "A label has 1 to 36 of the characters a-z, 0-9, '_', '.', '-'");
  }
}

void CheckName(BodyReader& body, const std::string& name) {
  const bool is_taken = name == "new" || name == "metrics" || name == "prompt-detail";
  if (is_taken || name.find('|') != std::string::npos)
    body.Fault("name", "invalid_value",
               "A prompt's name holds no '|' and is not new, metrics or prompt-detail");
}

// A message has a role and a content, or it is a named place for messages.
bool IsMessage(const Json& message) {
  const auto is_text = [&message](const char* key) {
    return message.contains(key) && message[key].is_string();
  };
  if (!message.is_object()) return false;
  return (is_text("role") && is_text("content")) ||
         (message.value("type", Json()) == "placeholder" && is_text("name"));
}

Json ReadPrompt(BodyReader& body, const std::string& type) {
  const Json prompt = body.Any("prompt");
  if (type == "text") {
    if (!prompt.is_string()) body.Fault("prompt", "invalid_type", "Expected string");
    return prompt;
  }
  if (!prompt.is_array() || !std::all_of(prompt.begin(), prompt.end(), IsMessage))
    body.Fault("prompt", "invalid_type", "Expected an array of {role, content} or {type: placeholder, name}");
  return prompt;
}

HttpResponse CreatePrompt(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string name = body.RequiredText("name", kMaxName);
  CheckName(body, name);
  const std::string type = body.Choice("type", {"chat", "text"}).value_or("text");
  Json prompt = {{"type", type}, {"prompt", ReadPrompt(body, type)}};
  prompt["config"] = body.Find("config") == nullptr ? Json::object() : body.Any("config");
  const std::vector<std::string> labels = body.Texts("labels").value_or(std::vector<std::string>());
  CheckLabels(body, "labels", labels);
  prompt["labels"] = labels;
  prompt["tags"] = body.Texts("tags").value_or(std::vector<std::string>());
  const std::optional<std::string> message = body.Text("commitMessage");
  if (message && message->size() > kMaxCommitMessage)
    body.Fault("commitMessage", "too_big", "Expected at most 500 characters");
  prompt["commitMessage"] = message ? Json(*message) : Json();
  prompt["createdBy"] = "API";
  if (!faults.ok()) return faults.Refusal();
  const Result<ConfigItem> made = PromptStore(call.config, call.project.key).Add(name, std::move(prompt));
  if (!made.ok()) return ErrorResponse(made.status());
  return JsonResponse(201, ShowPrompt(*made, call));
}

PromptChoice ReadChoice(QueryReader& query) {
  PromptChoice choice;
  if (query.Text("version")) choice.version = query.Integer("version", 0, 1, INT64_MAX);
  choice.label = query.Text("label");
  if (choice.version && choice.label)
    query.Fault("version", "invalid_value", "Give version or label, not both");
  return choice;
}

HttpResponse PromptNotFound(const std::string& name, const PromptChoice& choice) {
  const std::string which = choice.version ? fmt::format("version {}", *choice.version)
                                           : fmt::format("label '{}'", choice.label.value_or("production"));
  return NotFoundResponse(fmt::format("Prompt not found: '{}' with {}", name, which));
}

// 304 for who has it already.
HttpResponse Cacheable(const HttpRequest& request, HttpResponse response) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(response.body.data()), response.body.size(), digest);
  const std::string tag = "\"" + HexEncode({reinterpret_cast<const char*>(digest), 16}) + "\"";
  if (request.headers.Get("if-none-match") == tag) {
    response = HttpResponse{};
    response.status = 304;
  }
  response.headers.Set("ETag", tag);
  response.headers.Set("Cache-Control", "private, max-age=0, must-revalidate");
  return response;
}

HttpResponse GetPrompt(const ApiCall& call) {
  QueryReader query(call.request);
  const PromptChoice choice = ReadChoice(query);
  const bool resolve = query.Bool("resolve").value_or(true);
  if (!query.ok()) return query.Refusal();
  const std::string& name = call.parts[0];
  PromptStore prompts(call.config, call.project.key);
  const Result<std::optional<ConfigItem>> found = prompts.Find(name, choice);
  if (!found.ok()) return ErrorResponse(found.status());
  if (!*found) return PromptNotFound(name, choice);
  Json json = ShowPrompt(**found, call);
  Json graph;
  if (resolve) {
    Result<Json> resolved = prompts.Resolve(**found, graph);
    if (!resolved.ok()) return ErrorResponse(resolved.status());
    json["prompt"] = *std::move(resolved);
  }
  json["resolutionGraph"] = std::move(graph);
  return Cacheable(call.request, JsonResponse(200, json));
}

HttpResponse MovePromptLabels(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  if (body.Find("newLabels") == nullptr) body.Fault("newLabels", "invalid_type", "Required");
  const std::vector<std::string> labels = body.Texts("newLabels").value_or(std::vector<std::string>());
  CheckLabels(body, "newLabels", labels);
  if (std::find(labels.begin(), labels.end(), kLatestLabel) != labels.end())
    body.Fault("newLabels", "invalid_value", "The label 'latest' is the server's own");
  std::int64_t version = 0;
  const std::string& text = call.parts[1];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc() || end != text.data() + text.size())
    faults.Add({"version"}, "invalid_type", "Expected a number, received " + text);
  if (!faults.ok()) return faults.Refusal();
  const Result<ConfigItem> moved =
      PromptStore(call.config, call.project.key).MoveLabels(call.parts[0], version, labels);
  if (!moved.ok()) return ErrorResponse(moved.status());
  return JsonResponse(200, ShowPrompt(*moved, call));
}

HttpResponse DeletePrompt(const ApiCall& call) {
  QueryReader query(call.request);
  const PromptChoice choice = ReadChoice(query);
  if (!query.ok()) return query.Refusal();
  const Status removed = PromptStore(call.config, call.project.key).Remove(call.parts[0], choice);
  if (removed.code() == StatusCode::kFailedPrecondition) return InvalidRequest(removed.message());
  if (!removed.ok()) return ErrorResponse(removed);
  HttpResponse response;
  response.status = 204;
  return response;
}

// ---- the list ----

struct PromptSummary {
  std::string type;
  std::vector<std::int64_t> versions;
  std::set<std::string> labels;
  Json tags = Json::array();
  Json last_config;
  std::int64_t updated_ns = 0;
};

// Versions come newest first.
void AddVersion(PromptSummary& summary, const ConfigItem& item) {
  const Json body = BodyOf(item);
  if (summary.versions.empty()) {
    summary.type = body.value("type", "text");
    summary.tags = body.value("tags", Json::array());
    summary.last_config = body.value("config", Json::object());
  }
  summary.versions.push_back(item.number);
  for (std::string& label : LabelsOf(body)) summary.labels.insert(std::move(label));
  summary.updated_ns = std::max(summary.updated_ns, item.updated_ns);
}

Json ShowSummary(const std::string& name, PromptSummary summary) {
  std::sort(summary.versions.begin(), summary.versions.end());
  Json json = {{"name", name}, {"type", summary.type}, {"versions", summary.versions}};
  json["labels"] = summary.labels;
  json["tags"] = std::move(summary.tags);
  json["lastUpdatedAt"] = FormatIsoTime(summary.updated_ns);
  json["lastConfig"] = std::move(summary.last_config);
  return json;
}

HttpResponse ListPrompts(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query, kDefaultLimit);
  const std::optional<std::string> label = query.Text("label");
  const std::optional<std::string> tag = query.Text("tag");
  const std::optional<std::int64_t> from = query.Time("fromUpdatedAt");
  const std::optional<std::int64_t> to = query.Time("toUpdatedAt");
  ConfigQuery wanted{.project = call.project.key, .kind = kPromptKind, .limit = kMaxConfigItems};
  wanted.name = query.Text("name");
  if (!query.ok()) return query.Refusal();
  const Result<ConfigPage> found = call.config.List(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  std::map<std::string, PromptSummary> prompts;
  for (const ConfigItem& item : found->items) AddVersion(prompts[item.name], item);
  std::erase_if(prompts, [&](const auto& entry) {
    const PromptSummary& s = entry.second;
    return (label && !s.labels.contains(*label)) ||
           (tag && std::find(s.tags.begin(), s.tags.end(), Json(*tag)) == s.tags.end()) ||
           (from && s.updated_ns < *from) || (to && s.updated_ns >= *to);
  });
  Json data = Json::array();
  std::size_t index = 0;
  for (auto& [name, summary] : prompts) {
    const bool is_shown = index >= page.offset() && index < page.offset() + page.limit;
    if (is_shown) data.push_back(ShowSummary(name, std::move(summary)));
    ++index;
  }
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, prompts.size())}});
}

constexpr Route kRoutes[] = {
    {"GET", "v2/prompts", ListPrompts},
    {"POST", "v2/prompts", CreatePrompt},
    {"GET", "v2/prompts/{promptName}", GetPrompt},
    {"DELETE", "v2/prompts/{promptName}", DeletePrompt},
    {"PATCH", "v2/prompts/{name}/versions/{version}", MovePromptLabels},
};

}  // namespace

std::span<const Route> PromptRoutes() { return kRoutes; }

}  // namespace repartee::server
