// HttpTool: a tool of the model that is a request to somebody's HTTP server.
//
// The arguments that the URL names, {like_this}, go into it; the others go into the query (GET, DELETE) or
// into a JSON object (POST, PUT, PATCH). The answer's body is the result, as JSON where it is; what went
// wrong is told to the model in a sentence, and it goes on.
//
// Limits: the time limit, 64 KiB of an answer. Thread: the conversation's loop.
#pragma once

#include <string>

#include "repartee/net/http.h"
#include "repartee/services/direct_function.h"

namespace repartee {

struct HttpToolOptions {
  std::string name;
  std::string description{};
  Json properties = Json::object();  // JSON schemas of the arguments, by name
  Json required = Json::array();     // names
  std::string method = "POST";
  std::string url;
  HttpHeaders headers{};
  std::chrono::milliseconds timeout{10000};
  FunctionOptions function{};
};

// InvalidArgument that says what is wrong: a method that is none of the five, a URL or header that cannot be,
// a name in the URL that no property has.
Result<DirectFunction> MakeHttpTool(HttpToolOptions options);

}  // namespace repartee
