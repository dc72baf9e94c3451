// The filters of the list, which its facets and its histogram take as well.
//
// Thread: that of the call.
#pragma once

#include <utility>

#include "repartee/server/ui/ui_call.h"

namespace repartee::server {

// Services have a filter and a facet each.
inline constexpr std::pair<const char*, Stage> kServiceFilters[] = {
    {"stt", Stage::kStt}, {"llm", Stage::kLlm}, {"tts", Stage::kTts}};

// Faults go to `query`.
ConversationQuery ReadConversationFilters(UiQuery& query, ProjectKey project, std::int64_t now_ns);

// "start.day.key.total": where the page before ended, and what the first one counted.
std::string CursorText(const ListPlace& place, std::size_t total);
// False if the text is none that CursorText makes.
bool ReadCursor(std::string_view text, ListPlace& place, std::size_t& total);

}  // namespace repartee::server
