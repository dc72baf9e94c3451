// TraceClient: asks a trace server's dashboard API, with keys from the environment if
// there are any. Thread: the main one; a call waits for its answer.
#pragma once

#include <string>

#include "repartee/base/json.h"
#include "repartee/net/http.h"

namespace repartee::cli {

class TraceClient {
 public:
  explicit TraceClient(std::string url) : url_(std::move(url)) {}

  // The answer to a GET of that path. Unavailable says that no server answers and what
  // to do; other errors carry the server's own words.
  Result<Json> Get(const std::string& path) const;

 private:
  const std::string url_;
};

// A GET with the keys of LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY.
HttpRequest RequestTo(const std::string& url, const std::string& path);
// What an answer that is not 200 says.
Status RefusalOf(const HttpResponse& response);
// Nobody answers there, for that reason.
Status NoServer(const std::string& url, const Status& why);

}  // namespace repartee::cli
