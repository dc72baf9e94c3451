// The keys of a project: made, listed, revoked.
#include "repartee/server/api/body.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxNoteBytes = 200;

Json KeyJson(const KeyInfo& key) {
  return {{"id", key.id},
          {"note", key.note},
          {"public_key", key.public_key},
          {"display_secret_key", key.display},
          {"created", TimeMs(key.created_ns)},
          {"last_used", TimeMs(key.last_used_ns)}};
}

// Those of the project, oldest first.
Result<std::vector<KeyInfo>> KeysOf(const UiCall& call) {
  Result<std::vector<KeyInfo>> keys = call.keys.ListKeys();
  if (keys.ok())
    std::erase_if(*keys, [&call](const KeyInfo& key) { return key.project_id != call.project.id; });
  return keys;
}

}  // namespace

HttpResponse UiKeys(const UiCall& call) {
  // What was used in the last minute shows too.
  if (Status status = call.keys.WriteLastUse(); !status.ok()) return UiError(status);
  const Result<std::vector<KeyInfo>> keys = KeysOf(call);
  if (!keys.ok()) return UiError(keys.status());
  Json list = Json::array();
  for (const KeyInfo& key : *keys) list.push_back(KeyJson(key));
  return JsonResponse(200, {{"keys", std::move(list)}});
}

HttpResponse UiNewKey(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  const std::string note = BodyReader(json, faults).RequiredText("note", kMaxNoteBytes);
  if (!faults.ok()) return UiError(400, faults.Text());
  const Result<KeyPair> pair = call.keys.CreateKey(call.project.key, note);
  if (!pair.ok()) return UiError(pair.status());
  const Result<std::vector<KeyInfo>> keys = KeysOf(call);
  if (!keys.ok()) return UiError(keys.status());
  for (const KeyInfo& key : *keys) {
    if (key.public_key != pair->public_key) continue;
    Json shown = KeyJson(key);
    shown["secret_key"] = pair->secret_key;
    return JsonResponse(201, shown);
  }
  return UiError(Status::NotFound("the key was removed at once"));
}

HttpResponse UiRevokeKey(const UiCall& call) {
  const Result<std::vector<KeyInfo>> keys = KeysOf(call);
  if (!keys.ok()) return UiError(keys.status());
  for (const KeyInfo& key : *keys) {
    if (key.id != call.path[1]) continue;
    if (Status status = call.keys.DeleteKey(key.public_key); !status.ok()) return UiError(status);
    return JsonResponse(200, {{"revoked", key.public_key}});
  }
  return UiError(404, "there is no key " + call.path[1].substr(0, 100) + " in this project");
}

}  // namespace repartee::server
