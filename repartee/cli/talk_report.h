// TalkReport: what `repartee talk` shows of a conversation, for people and as JSON.
// Thread: values.
#pragma once

#include <string>
#include <vector>

#include "repartee/agent/clip_conversation.h"
#include "repartee/otel/span_data.h"

namespace repartee::cli {

struct TalkReport {
  const ClipConversationResult& conversation;
  std::string language_model;
  std::string recording;             // empty: none
  std::vector<otel::SpanPtr> spans;  // empty: not traced
  std::string trace_went;            // "sent to http://..."
};

// "user: What is ...".
std::string ToLine(const Said& said);
// All but the transcript, which is shown as it happens.
std::string ToText(const TalkReport& report, bool colours);
// One line, with the transcript.
std::string ToJson(const TalkReport& report);

}  // namespace repartee::cli
