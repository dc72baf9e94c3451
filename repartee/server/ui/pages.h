// Pages: which request gets a page of the dashboard, which one of its files, and which
// is sent on. The files themselves are compiled in (the web room serves them).
//
// Without keys no page is shown to a foreign Host or Origin: a name that points here
// must not become the origin of our page. A page may reach the agent that one talks with,
// and the page of the talk may run sound; no other page may.
//
// Thread: any; Handle answers at once.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/net/http.h"

namespace repartee::server {

class Pages {
 public:
  // Answers with the file of that path; nothing if there is none.
  using ServeFile = std::function<std::optional<HttpResponse>(const HttpRequest&, std::string_view path)>;

  // Origin of the agent to talk with, for who asks so; empty if there is none.
  using FindAgent = std::function<std::string(const HttpRequest&)>;

  Pages(ServeFile serve, std::vector<std::string> public_urls, FindAgent find_agent)
      : serve_(std::move(serve)), public_urls_(std::move(public_urls)), find_agent_(std::move(find_agent)) {}

  // Not an API's path.
  static bool IsPagePath(std::string_view path) { return !path.starts_with("/api/"); }
  HttpResponse Handle(const HttpRequest& request) const;

 private:
  HttpResponse Answer(const HttpRequest& request) const;
  void AllowTalk(const HttpRequest& request, HttpHeaders& headers) const;

  const ServeFile serve_;
  const std::vector<std::string> public_urls_;
  const FindAgent find_agent_;
};

}  // namespace repartee::server
