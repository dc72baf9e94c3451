#include "repartee/conversation/context_media.h"

#include <algorithm>
#include <array>

#include "repartee/base/encoding.h"

namespace repartee {
namespace {

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "image/jpeg" for "JPEG", "jpg" and "image/jpeg"; empty if it is no encoded image.
std::string MimeTypeOfImage(const std::string& format) {
  std::string kind = LowerCase(format);
  if (kind.starts_with("image/")) kind = kind.substr(6);
  if (kind == "jpg") kind = "jpeg";
  constexpr std::array kKnown{"jpeg", "png", "webp", "gif"};
  return std::ranges::find(kKnown, kind) == kKnown.end() ? std::string() : "image/" + kind;
}

Json Message(std::string_view role, const std::string& text, Json part) {
  Json content = Json::array();
  if (!text.empty()) content.push_back({{"type", "text"}, {"text", text}});
  content.push_back(std::move(part));
  return {{"role", role}, {"content", std::move(content)}};
}

std::string DataUrl(const std::string& mime_type, const std::string& base64) {
  return "data:" + mime_type + ";base64," + base64;
}

}  // namespace

Result<Json> ImageMessage(std::string_view role, const std::string& image, const std::string& format,
                          const std::string& text) {
  const std::string mime_type = MimeTypeOfImage(format);
  if (mime_type.empty()) {
    return Status::InvalidArgument(
        "an image of the format '{}' cannot go into the context: JPEG, PNG, WebP and GIF can; encode it "
        "first",
        format);
  }
  return ImageUrlMessage(role, DataUrl(mime_type, Base64Encode(image)), text);
}

Json ImageUrlMessage(std::string_view role, const std::string& url, const std::string& text) {
  return Message(role, text, {{"type", "image_url"}, {"image_url", {{"url", url}}}});
}

Result<Json> FileMessage(const InputFileRawFrame& file, const std::string& text) {
  const std::string mime_type = MimeTypeOfImage(file.format);
  const bool by_url = file.type == FileSourceType::kUrl;
  if (!by_url && !Base64Decode(file.file).ok()) {
    return Status::InvalidArgument("the file '{}' is no base64", file.filename);
  }
  if (!mime_type.empty())
    return ImageUrlMessage("user", by_url ? file.file : DataUrl(mime_type, file.file), text);
  Json part = Json::object();
  if (!file.filename.empty()) part["filename"] = file.filename;
  if (by_url) {
    part["file_url"] = file.file;
  } else {
    part["file_data"] = DataUrl(file.format, file.file);
  }
  return Message("user", text, {{"type", "file"}, {"file", std::move(part)}});
}

}  // namespace repartee
