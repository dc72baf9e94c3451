// Images and files as parts of a message, in the chat form: by their address, or with
// their bytes in it. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/frames/media_frames.h"

namespace repartee {

// {"role": role, "content": [text if there is one, the image]}. InvalidArgument on raw pixels and on a
// format that is no image's: "image/jpeg", "JPEG", "png" and their kind are taken.
Result<Json> ImageMessage(std::string_view role, const std::string& image, const std::string& format,
                          const std::string& text);
// An image that the model fetches by itself.
Json ImageUrlMessage(std::string_view role, const std::string& url, const std::string& text);
// A document; images among them become images. `file` is base64, or an address.
Result<Json> FileMessage(const InputFileRawFrame& file, const std::string& text);

}  // namespace repartee
