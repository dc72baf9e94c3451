#include "repartee/server/api/prompt_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "repartee/base/random.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr std::string_view kReferenceOpen = "@@@langfusePrompt:";
constexpr std::string_view kReferenceClose = "@@@";

struct Reference {
  std::string name;
  PromptChoice choice;
};

// "name=N|version=V" or "name=N|label=L".
std::optional<Reference> ParseReference(std::string_view text) {
  if (!text.starts_with("name=")) return std::nullopt;
  const std::size_t bar = text.find('|');
  if (bar == std::string_view::npos || bar == 5) return std::nullopt;
  Reference reference{.name = std::string(text.substr(5, bar - 5)), .choice = {}};
  const std::string_view rest = text.substr(bar + 1);
  if (rest.starts_with("label=") && rest.size() > 6) {
    reference.choice.label = std::string(rest.substr(6));
    return reference;
  }
  if (!rest.starts_with("version=")) return std::nullopt;
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(rest.data() + 8, rest.data() + rest.size(), version);
  if (error != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
  reference.choice.version = version;
  return reference;
}

// Calls `visit(begin, end, reference)` for each reference of the text; `end` is past it.
template <class Visit>
Status ForEachReference(std::string_view text, Visit visit) {
  std::size_t at = 0;
  while (true) {
    const std::size_t begin = text.find(kReferenceOpen, at);
    if (begin == std::string_view::npos) return OkStatus();
    const std::size_t from = begin + kReferenceOpen.size();
    const std::size_t close = text.find(kReferenceClose, from);
    if (close == std::string_view::npos) return OkStatus();
    at = close + kReferenceClose.size();
    const std::optional<Reference> reference = ParseReference(text.substr(from, close - from));
    if (!reference) continue;
    if (Status status = visit(begin, at, *reference); !status.ok()) return status;
  }
}

// Every text of a prompt: its own, or those of its messages.
template <class Visit>
void ForEachText(Json& prompt, Visit visit) {
  if (prompt.is_string()) visit(prompt);
  if (!prompt.is_array()) return;
  for (Json& message : prompt) {
    if (message.is_object() && message.contains("content") && message["content"].is_string())
      visit(message["content"]);
  }
}

bool Fits(const ConfigItem& item, const PromptChoice& choice) {
  if (choice.version) return item.number == *choice.version;
  if (!choice.label) return true;
  const std::vector<std::string> labels = LabelsOf(BodyOf(item));
  return std::find(labels.begin(), labels.end(), *choice.label) != labels.end();
}

void SetBody(ConfigItem& item, const Json& body) {
  item.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  item.updated_ns = NowNs();
}

// Takes the labels away from all; adds those that changed to `changed`.
void TakeLabels(std::vector<ConfigItem>& items, const std::vector<std::string>& labels,
                std::vector<ConfigItem>& changed) {
  for (ConfigItem& item : items) {
    Json body = BodyOf(item);
    std::vector<std::string> kept = LabelsOf(body);
    const std::size_t before = kept.size();
    std::erase_if(kept, [&](const std::string& l) {
      return std::find(labels.begin(), labels.end(), l) != labels.end();
    });
    if (kept.size() == before) continue;
    body["labels"] = kept;
    SetBody(item, body);
    changed.push_back(item);
  }
}

}  // namespace

std::vector<std::string> LabelsOf(const Json& body) {
  std::vector<std::string> labels;
  const auto found = body.find("labels");
  if (found == body.end() || !found->is_array()) return labels;
  for (const Json& label : *found) {
    if (label.is_string()) labels.push_back(label.get<std::string>());
  }
  return labels;
}

Result<std::vector<ConfigItem>> PromptStore::Versions(const std::string& name) {
  Result<ConfigPage> page =
      config_.List({.project = project_, .kind = kPromptKind, .name = name, .limit = kMaxConfigItems});
  if (!page.ok()) return std::move(page).status();
  std::sort(page->items.begin(), page->items.end(),
            [](const ConfigItem& a, const ConfigItem& b) { return a.number > b.number; });
  return std::move(page->items);
}

Result<std::optional<ConfigItem>> PromptStore::Find(const std::string& name, const PromptChoice& choice) {
  PromptChoice wanted = choice;
  if (!wanted.version && !wanted.label) wanted.label = kProductionLabel;
  Result<std::vector<ConfigItem>> versions = Versions(name);
  if (!versions.ok()) return std::move(versions).status();
  for (ConfigItem& item : *versions) {
    if (Fits(item, wanted)) return std::optional(std::move(item));
  }
  return std::optional<ConfigItem>();
}

Result<ConfigItem> PromptStore::Add(const std::string& name, Json body) {
  const auto edit = config_.LockForEdit();
  Result<std::vector<ConfigItem>> versions = Versions(name);
  if (!versions.ok()) return std::move(versions).status();
  const std::int64_t version = versions->empty() ? 1 : versions->front().number + 1;
  if (!versions->empty() && BodyOf(versions->front()).value("type", "text") != body.value("type", "text")) {
    return Status::InvalidArgument(
        "Previous versions have different prompt type. Create a new prompt with a "
        "different name.");
  }
  std::vector<std::string> labels = LabelsOf(body);
  labels.emplace_back(kLatestLabel);
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  body["labels"] = labels;
  body["version"] = version;
  std::vector<ConfigItem> changed;
  TakeLabels(*versions, labels, changed);
  ConfigItem item = NewItem(RandomUuid(), name, body);
  item.number = version;
  changed.push_back(item);
  if (Status status = config_.Put(project_, kPromptKind, changed); !status.ok()) return status;
  return item;
}

Result<ConfigItem> PromptStore::MoveLabels(const std::string& name, std::int64_t version,
                                           const std::vector<std::string>& labels) {
  const auto edit = config_.LockForEdit();
  Result<std::vector<ConfigItem>> versions = Versions(name);
  if (!versions.ok()) return std::move(versions).status();
  const auto found = std::find_if(versions->begin(), versions->end(),
                                  [version](const ConfigItem& item) { return item.number == version; });
  if (found == versions->end()) return Status::NotFound("Prompt not found: '{}' version {}", name, version);
  ConfigItem target = *found;
  versions->erase(found);
  std::vector<ConfigItem> changed;
  TakeLabels(*versions, labels, changed);
  Json body = BodyOf(target);
  std::vector<std::string> all = LabelsOf(body);
  all.insert(all.end(), labels.begin(), labels.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  body["labels"] = all;
  SetBody(target, body);
  changed.push_back(target);
  if (Status status = config_.Put(project_, kPromptKind, changed); !status.ok()) return status;
  return target;
}

// A prompt that is part of another one must not vanish beneath it.
Status PromptStore::CheckUnused(const std::string& name, const std::vector<ConfigItem>& doomed) {
  Result<ConfigPage> all = config_.List({.project = project_, .kind = kPromptKind, .limit = kMaxConfigItems});
  if (!all.ok()) return std::move(all).status();
  for (const ConfigItem& item : all->items) {
    if (item.name == name) continue;
    Json body = BodyOf(item);
    Status used = OkStatus();
    ForEachText(body["prompt"], [&](Json& text) {
      const Status found = ForEachReference(
          text.get_ref<const std::string&>(), [&](std::size_t, std::size_t, const Reference& reference) {
            const bool hits = reference.name == name &&
                              std::any_of(doomed.begin(), doomed.end(),
                                          [&](const auto& d) { return Fits(d, reference.choice); });
            if (!hits) return OkStatus();
            return Status::FailedPrecondition("Prompt '{}' is used by '{}' version {}", name, item.name,
                                              item.number);
          });
      if (used.ok()) used = found;
    });
    if (!used.ok()) return used;
  }
  return OkStatus();
}

Status PromptStore::Remove(const std::string& name, const PromptChoice& choice) {
  const auto edit = config_.LockForEdit();
  Result<std::vector<ConfigItem>> versions = Versions(name);
  if (!versions.ok()) return std::move(versions).status();
  std::vector<ConfigItem> doomed, kept;
  for (ConfigItem& item : *versions) (Fits(item, choice) ? doomed : kept).push_back(std::move(item));
  if (doomed.empty()) return Status::NotFound("Prompt not found: '{}'", name);
  if (Status status = CheckUnused(name, doomed); !status.ok()) return status;
  for (const ConfigItem& item : doomed) {
    const Result<bool> removed = config_.Remove(project_, kPromptKind, item.id);
    if (!removed.ok()) return removed.status();
  }
  if (kept.empty()) return OkStatus();
  // The newest of what is left is the latest.
  Json body = BodyOf(kept.front());
  std::vector<std::string> labels = LabelsOf(body);
  if (std::find(labels.begin(), labels.end(), kLatestLabel) != labels.end()) return OkStatus();
  labels.emplace_back(kLatestLabel);
  body["labels"] = labels;
  SetBody(kept.front(), body);
  return config_.Put(project_, kPromptKind, {kept.front()});
}

Result<std::string> PromptStore::ResolveText(const std::string& text, const ConfigItem& parent,
                                             std::vector<std::string>& trail, Json& dependencies) {
  if (trail.size() > kMaxPromptDepth)
    return Status::InvalidArgument("Prompts refer to each other more than {} deep", kMaxPromptDepth);
  std::string out;
  std::size_t copied = 0;
  const Status status =
      ForEachReference(text, [&](std::size_t begin, std::size_t end, const Reference& reference) {
        Result<std::optional<ConfigItem>> found = Find(reference.name, reference.choice);
        if (!found.ok()) return std::move(found).status();
        if (!*found) return Status::InvalidArgument("Prompt dependency not found: {}", reference.name);
        const ConfigItem& item = **found;
        if (std::find(trail.begin(), trail.end(), item.id) != trail.end())
          return Status::InvalidArgument("Circular dependency detected: {}", reference.name);
        const Json body = BodyOf(item);
        const Json prompt = body.value("prompt", Json());
        if (!prompt.is_string())
          return Status::InvalidArgument("Prompt dependency is not a text prompt: {}", reference.name);
        trail.push_back(item.id);
        Result<std::string> inner = ResolveText(prompt.get<std::string>(), item, trail, dependencies);
        trail.pop_back();
        if (!inner.ok()) return std::move(inner).status();
        dependencies[parent.id].push_back({{"id", item.id}, {"name", item.name}, {"version", item.number}});
        out += text.substr(copied, begin - copied) + *inner;
        copied = end;
        if (out.size() > kMaxApiBodyBytes)
          return Status::InvalidArgument("The resolved prompt is larger than 1 MiB");
        return OkStatus();
      });
  if (!status.ok()) return status;
  return out + text.substr(copied);
}

Result<Json> PromptStore::Resolve(const ConfigItem& item, Json& graph) {
  Json prompt = BodyOf(item).value("prompt", Json());
  Json dependencies = Json::object();
  Status fault = OkStatus();
  ForEachText(prompt, [&](Json& text) {
    std::vector<std::string> trail = {item.id};
    Result<std::string> resolved = ResolveText(text.get<std::string>(), item, trail, dependencies);
    if (resolved.ok()) {
      text = *std::move(resolved);
    } else if (fault.ok()) {
      fault = std::move(resolved).status();
    }
  });
  if (!fault.ok()) return fault;
  if (!dependencies.empty()) {
    graph = {{"root", {{"id", item.id}, {"name", item.name}, {"version", item.number}}}};
    graph["dependencies"] = std::move(dependencies);
  }
  return prompt;
}

}  // namespace repartee::server
