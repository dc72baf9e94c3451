// A recorded session of the reference, played by its client's messages.
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "repartee/rtvi/session_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

Json ReadSession() {
  std::ifstream in(REPARTEE_SOURCE_DIR "/tests/golden/wire/rtvi/session.json");
  return Json::parse(in)["session"];
}

// What is free: ids of segments by their order, clock times, the wording of faults, whose server it is.
class Masker {
 public:
  Json operator()(Json message) {
    message.erase("label");
    if (!message.contains("data") || !message["data"].is_object()) return message;
    Json& data = message["data"];
    if (data.contains("segment_id")) {
      const auto number = static_cast<int>(segments_.size());
      data["segment_id"] = segments_.emplace(data["segment_id"].get<std::uint64_t>(), number).first->second;
    }
    if (data.contains("input_type") && data["input_type"] == "chat") data["timestamp"] = "now";
    if (data.contains("about")) data["about"] = "library";
    if (data.contains("error")) {
      const std::string error = data["error"];
      data["error"] = error.substr(0, error.find(':'));
    }
    return message;
  }

 private:
  std::map<std::uint64_t, int> segments_;
};

// One message a line.
std::string Lines(const std::vector<Json>& messages) {
  Masker masker;
  std::string lines;
  for (const Json& message : messages) lines += masker(message).dump() + "\n";
  return lines;
}

void AnswerAsTheRecordedApplication(testing::RTVISession& session) {
  session.rtvi.on_client_message.Connect(
      [&session](const std::string& id, const std::string& type, const Json& data) {
        if (type == "ask") session.rtvi.SendServerResponse(id, type, Json{{"answer", 42}});
        if (type == "fail") session.rtvi.SendErrorResponse(id, "no such thing");
        if (type == "notify") session.rtvi.SendServerMessage(Json{{"note", data}});
        if (type == "error") session.tts.PushError("something broke in the pipeline");
      });
}

RTVIObserverParams AsRecorded() {
  RTVIObserverParams params;
  params.vad_user_speaking_enabled = true;
  params.stt_raw_text_enabled = params.llm_raw_text_enabled = params.tts_raw_text_enabled = true;
  params.function_call_report_level = {{"*", RTVIFunctionCallReportLevel::kFull}};
  return params;
}

TEST(RTVISession, TellsTheClientWhatTheReferenceTells) {
  const Json recorded = ReadSession();
  testing::RTVISession session(AsRecorded());
  AnswerAsTheRecordedApplication(session);

  std::vector<Json> expected;
  double now_ms = recorded[0]["at_ms"];
  for (const Json& entry : recorded) {
    if (entry["from"] == "server") {
      if (entry.contains("message") && entry["message"]["type"] != "metrics")
        expected.push_back(entry["message"]);
      continue;
    }
    const double wait_ms = entry["at_ms"].get<double>() - now_ms;
    if (wait_ms > 0) session.rig->Wait(milliseconds(static_cast<int>(wait_ms)));
    now_ms = entry["at_ms"];
    if (entry.contains("message")) {
      session.Deliver(entry["message"]);
    } else {
      session.Speak(entry["text"]);
      now_ms += 300;
    }
  }
  session.rig->Wait(milliseconds(1500));

  EXPECT_EQ(Lines(session.Told()), Lines(expected));
  EXPECT_TRUE(session.rig->task().finished());
}

}  // namespace
}  // namespace repartee
