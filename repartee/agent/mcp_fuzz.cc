// Any answer of a server of tools, as JSON, as events and as a line of a process: a value or a status, never
// a crash; and what is offered to a model has a name.
#include <cstdlib>

#include "repartee/agent/mcp_protocol.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace repartee;
  HttpResponse response;
  response.body.assign(reinterpret_cast<const char*>(data), size);
  if (const auto line = mcp::ParseLine(response.body); line.ok()) {
    static_cast<void>(mcp::ToLine(mcp::AnswerTo(line->id, line->method)));
  }
  for (const char* type : {"application/json", "text/event-stream"}) {
    response.headers.Set("Content-Type", type);
    const auto answer = mcp::ParseAnswer(response);
    if (!answer.ok()) continue;
    static_cast<void>(mcp::ToResult(*answer));
    const auto page = mcp::ParseToolPage(*answer);
    if (!page.ok()) continue;
    for (const Json& schema : page->schemas) {
      if (schema.at("name").get<std::string>().empty()) std::abort();
    }
  }
  return 0;
}
