// Comments, as meta.db keeps them: by what they are about. Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace repartee::server {

inline constexpr std::string_view kCommentKind = "comment";
inline constexpr std::size_t kMaxCommentLength = 5'000;

inline constexpr std::string_view kTraceComment = "TRACE";
inline constexpr std::string_view kObservationComment = "OBSERVATION";

// What a comment is about, its parent: `type` is one of the two, SESSION or PROMPT.
std::string CommentSubject(std::string_view type, std::string_view id);

}  // namespace repartee::server
