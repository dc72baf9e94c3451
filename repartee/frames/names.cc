#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

std::string_view TextTypeName(TextType type) {
  switch (type) {
    case TextType::kSentence: return "sentence";
    case TextType::kToken: return "token";
    case TextType::kWord: return "word";
    case TextType::kBackchannel: return "backchannel";
    case TextType::kAny: return "any";
  }
  return "any";
}

std::string_view ErrorCategoryName(ErrorCategory category) {
  switch (category) {
    case ErrorCategory::kUnknown: return "unknown";
    case ErrorCategory::kAuthentication: return "authentication";
    case ErrorCategory::kAuthorization: return "authorization";
    case ErrorCategory::kInvalidRequest: return "invalid_request";
    case ErrorCategory::kRateLimit: return "rate_limit";
    case ErrorCategory::kQuota: return "quota";
    case ErrorCategory::kConnectivity: return "connectivity";
    case ErrorCategory::kServer: return "server";
    case ErrorCategory::kApplication: return "application";
  }
  return "unknown";
}

std::string_view FileSourceTypeName(FileSourceType type) {
  switch (type) {
    case FileSourceType::kBytes: return "bytes";
    case FileSourceType::kUrl: return "url";
  }
  return "bytes";
}

std::optional<KeypadEntry> ParseKeypadEntry(std::string_view sign) {
  constexpr std::string_view kKeys = "0123456789*#";
  if (sign.size() != 1 || kKeys.find(sign[0]) == std::string_view::npos) return std::nullopt;
  return static_cast<KeypadEntry>(sign[0]);
}

}  // namespace repartee
