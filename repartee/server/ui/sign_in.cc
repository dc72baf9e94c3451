#include "repartee/server/ui/sign_in.h"

#include <fmt/format.h>

#include <memory>

#include "repartee/base/log.h"
#include "repartee/server/api/body.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxCredentialBytes = 1'000;

HttpResponse TooManyAttempts(Nanos wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  HttpResponse response =
      UiError(429, "too many failed attempts", fmt::format("wait {} s", seconds), "too_many_attempts");
  response.headers.Set("Retry-After", std::to_string(seconds));
  return response;
}

// What failures are counted by. Behind a proxy on this machine all come from one address.
std::vector<std::string> LimitedNames(const HttpRequest& request, const std::string& email) {
  std::vector<std::string> names = {"account " + email};
  if (!request.from_loopback) names.push_back("address " + request.remote_address);
  return names;
}

}  // namespace

Json UserJson(const User& user, Role role) {
  return {{"id", user.id}, {"email", user.email}, {"name", user.name}, {"role", RoleName(role)}};
}

std::string SignIn::Cookie(const HttpRequest& request, std::string_view token, std::int64_t seconds) const {
  const bool secure = door_.OwnUrl(request).starts_with("https:");
  return fmt::format("{}={}; Path=/api/ui; HttpOnly; SameSite=Lax; Max-Age={}{}", kSessionCookie, token,
                     seconds, secure ? "; Secure" : "");
}

void SignIn::Enter(HttpRequest request, Answer answer) {
  if (std::optional<HttpResponse> refusal = door_.RefuseBody(request)) return answer(*std::move(refusal));
  Faults faults;
  const Json json = ReadBody(request, faults);
  BodyReader body(json, faults);
  const std::string email = NormalEmail(body.RequiredText("email", kMaxCredentialBytes));
  const std::string password = body.RequiredText("password", kMaxCredentialBytes);
  if (!faults.ok()) return answer(UiError(400, faults.Text()));
  for (const std::string& name : LimitedNames(request, email)) {
    if (const std::optional<Nanos> wait = limit_.WaitOf(name)) return answer(TooManyAttempts(*wait));
  }
  if (checks_.fetch_add(1) >= kMaxChecks) {
    --checks_;
    return answer(UiError(Status::Unavailable("others are signing in just now")));
  }
  auto shared = std::make_shared<Answer>(std::move(answer));
  const Status taken =
      store_.Read([this, shared, request = std::move(request), email, password](StoreReader&) {
        HttpResponse response = Check(request, email, password);
        --checks_;
        (*shared)(std::move(response));
      });
  if (taken.ok()) return;
  --checks_;
  (*shared)(UiError(Status::Unavailable("{}", taken.message())));
}

HttpResponse SignIn::Check(const HttpRequest& request, const std::string& email,
                           const std::string& password) {
  const Result<SignedIn> entered = users_.SignIn(email, password);
  if (!entered.ok()) {
    if (entered.status().code() != StatusCode::kUnauthenticated) return UiError(entered.status());
    for (const std::string& name : LimitedNames(request, email)) limit_.NoteFailure(name);
    LogWarning("dashboard: a sign-in from {} failed", request.remote_address);
    return UiError(401, entered.status().message(), "look at both; an owner can set a new password",
                   "wrong_credentials");
  }
  limit_.Clear("account " + email);
  const User& user = entered->session.user;
  const Role role = user.roles.empty() ? Role::kViewer : user.roles.begin()->second;
  HttpResponse response =
      JsonResponse(200, {{"user", UserJson(user, role)}, {"csrf_token", entered->session.csrf_token}});
  const auto life = std::chrono::seconds(UserStore::kSessionLife).count();
  response.headers.Set("Set-Cookie", Cookie(request, entered->token, life));
  return response;
}

void SignIn::Leave(HttpRequest request, Answer answer) {
  // Without the token: it takes nothing but the right to stay, and Host and Origin are ours.
  if (std::optional<HttpResponse> refusal = door_.RefuseBody(request)) return answer(*std::move(refusal));
  auto shared = std::make_shared<Answer>(std::move(answer));
  const Status taken = store_.Read([this, shared, request = std::move(request)](StoreReader&) {
    const Status left = users_.SignOut(SessionTokenOf(request));
    if (!left.ok()) return (*shared)(UiError(left));
    HttpResponse response = JsonResponse(200, Json::object());
    response.headers.Set("Set-Cookie", Cookie(request, "", 0));
    (*shared)(std::move(response));
  });
  if (!taken.ok()) (*shared)(UiError(Status::Unavailable("{}", taken.message())));
}

}  // namespace repartee::server
