// The people of an organisation, and one's own password.
#include "repartee/server/api/body.h"
#include "repartee/server/auth/password.h"
#include "repartee/server/ui/sign_in.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

Json MemberJson(const UiCall& call, const User& user) {
  Json json = UserJson(user, user.roles.at(call.project.organisation_id));
  json["created"] = TimeMs(user.created_ns);
  json["last_sign_in"] = TimeMs(user.last_sign_in_ns);
  json["is_you"] = call.access.user && call.access.user->id == user.id;
  return json;
}

HttpResponse ShowMember(const UiCall& call, int status, std::string_view id) {
  const std::optional<User> user = call.users.Find(id);
  if (!user || !user->roles.contains(call.project.organisation_id))
    return UiError(Status::NotFound("No member {}", id.substr(0, 100)));
  return JsonResponse(status, MemberJson(call, *user));
}

Role ReadRole(BodyReader& body) {
  const std::string name = body.RequiredText("role");
  const std::optional<Role> role = ParseRole(name);
  if (!role && !name.empty()) body.Fault("role", "invalid_value", "Expected owner, member or viewer");
  return role.value_or(Role::kViewer);
}

}  // namespace

// A project's key goes into every program that sends traces: it names nobody.
HttpResponse UiMembers(const UiCall& call) {
  if (call.access.by_key) return UiError(403, "a project's keys do not show who is in it", "sign in");
  Json list = Json::array();
  for (const User& user : call.users.Members(call.project.organisation_id))
    list.push_back(MemberJson(call, user));
  return JsonResponse(200, {{"members", std::move(list)}});
}

HttpResponse UiNewMember(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  NewUser user;
  user.email = body.RequiredText("email");
  user.name = body.Text("name").value_or("");
  // Empty for one who has an account already.
  user.password = body.Text("password").value_or("");
  const Role role = ReadRole(body);
  if (!faults.ok()) return UiError(400, faults.Text());
  const Result<User> made = call.users.AddUser(user, call.project.organisation_id, role);
  if (!made.ok()) return UiError(made.status());
  return JsonResponse(201, MemberJson(call, *made));
}

HttpResponse UiChangeMember(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const Role role = ReadRole(body);
  if (!faults.ok()) return UiError(400, faults.Text());
  if (Status status = call.users.SetRole(call.path[1], call.project.organisation_id, role); !status.ok())
    return UiError(status);
  return ShowMember(call, 200, call.path[1]);
}

HttpResponse UiRemoveMember(const UiCall& call) {
  if (Status status = call.users.RemoveMember(call.path[1], call.project.organisation_id); !status.ok())
    return UiError(status);
  return JsonResponse(200, {{"removed", call.path[1]}});
}

HttpResponse UiChangePassword(const UiCall& call) {
  if (!call.access.user) return UiError(409, "nobody is signed in");
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string current = body.RequiredText("current_password");
  const std::string fresh = body.RequiredText("new_password");
  if (!faults.ok()) return UiError(400, faults.Text());
  if (!call.users.IsPasswordOf(call.access.user->id, current))
    return UiError(403, "the current password is wrong", "", "wrong_credentials");
  if (Status status = call.users.SetPassword(call.access.user->id, fresh); !status.ok())
    return UiError(status);
  // All sessions have ended, this one too.
  return JsonResponse(200, Json::object());
}

}  // namespace repartee::server
