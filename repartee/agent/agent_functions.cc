#include "repartee/agent/agent_functions.h"

#include <utility>

#include "repartee/base/iso_time.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/services/llm_service.h"

namespace repartee {
namespace {

// The farewell goes ahead of the end, which waits for what is being said.
Task<Status> EndConversation(FunctionCallParams call, std::string farewell) {
  FunctionCallResultProperties last;
  last.run_llm = false;
  call.result_callback("The conversation ends.", last);
  if (!farewell.empty()) call.llm->Push(Make<TTSSpeakFrame>(std::move(farewell)));
  call.llm->Push(Make<EndWorkerFrame>("the model has ended the conversation"), Direction::kUpstream);
  co_return OkStatus();
}

Task<Status> CurrentTime(FunctionCallParams call) {
  call.result_callback(FormatIsoMillis(EventLoop::Current()->wall_now()));
  co_return OkStatus();
}

Task<Status> PressKeys(FunctionCallParams call, std::string keys) {
  std::vector<KeypadEntry> buttons;
  for (const char key : keys) {
    const auto button = ParseKeypadEntry(std::string_view(&key, 1));
    if (!button) {
      call.result_callback(std::string("Nothing was pressed: a telephone has no key ") + key + ".");
      co_return OkStatus();
    }
    buttons.push_back(*button);
  }
  call.llm->Push(Make<OutputDTMFFrame>(std::move(buttons)));
  call.result_callback("The keys were pressed.");
  co_return OkStatus();
}

}  // namespace

std::vector<DirectFunction> AgentFunctions() {
  return {MakeDirectFunction("end_conversation", "Says goodbye and ends the conversation.", EndConversation,
                             {{"farewell", "What to say as the last words"}}),
          MakeDirectFunction("current_time", "The day and the time of day, in UTC.", CurrentTime, {}),
          MakeDirectFunction("press_keys", "Presses keys of the telephone.", PressKeys,
                             {{"keys", "The keys in their order: 0 to 9, * and #"}})};
}

}  // namespace repartee
