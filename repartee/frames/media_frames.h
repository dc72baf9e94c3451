// Images, files and keys of a telephone, in and out. Bytes are held by the frame, which is
// shared by pointer: passing them on copies nothing. Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/frames/frame.h"

namespace repartee {

struct ImageSize {
  int width = 0;  // pixels
  int height = 0;
};

// Asks a transport for a picture of a user: from any processor, upstream.
struct UserImageRequestFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kUserImageRequest;
  static constexpr FrameType kLast = kFirst;
  explicit UserImageRequestFrame(std::string user) : SystemFrame(kFirst), user_id(std::move(user)) {}

  std::string user_id;
  std::optional<std::string> text;  // goes with the picture into the context
  std::optional<bool> append_to_context;
  std::string video_source;                          // empty: the camera
  std::string function_name;                         // the tool that asked; empty: none
  std::string tool_call_id;                          // its call; empty: none
  std::function<void(Json result)> result_callback;  // the tool's, called when the picture is in the context
};

// A picture as it came: raw pixels when `format` says so ("RGB"), else an encoded file ("image/png", "JPEG").
struct InputImageRawFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kInputImageRaw;
  static constexpr FrameType kLast = FrameType::kUserImageRaw;
  InputImageRawFrame(std::string bytes, ImageSize dimensions, std::string encoding)
      : InputImageRawFrame(kFirst, std::move(bytes), dimensions, std::move(encoding)) {}

  std::string image;
  ImageSize size;
  std::string format;  // empty: not told

 protected:
  InputImageRawFrame(FrameType type, std::string bytes, ImageSize dimensions, std::string encoding)
      : SystemFrame(type), image(std::move(bytes)), size(dimensions), format(std::move(encoding)) {}
};
// The same, of a known user.
struct UserImageRawFrame : InputImageRawFrame {
  static constexpr FrameType kFirst = FrameType::kUserImageRaw;
  static constexpr FrameType kLast = kFirst;
  UserImageRawFrame(std::string bytes, ImageSize dimensions, std::string encoding)
      : InputImageRawFrame(kFirst, std::move(bytes), dimensions, std::move(encoding)) {}

  std::string user_id;
  std::optional<std::string> text;           // goes with the picture into the context
  std::optional<bool> append_to_context;     // not given: yes
  std::optional<bool> run_llm;               // not given: yes
  Ref<const UserImageRequestFrame> request;  // what asked for it; null: nobody
};

// How the `file` of a file frame is to be taken.
enum class FileSourceType : std::uint8_t {
  kBytes,  // its content, in base64
  kUrl,
};
// "bytes", "url".
std::string_view FileSourceTypeName(FileSourceType type);

// A document from the client.
struct InputFileRawFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kInputFileRaw;
  static constexpr FrameType kLast = FrameType::kUserFileRaw;
  InputFileRawFrame(std::string content, FileSourceType source, std::string name, std::string mime_type)
      : InputFileRawFrame(kFirst, std::move(content), source, std::move(name), std::move(mime_type)) {}

  std::string file;
  FileSourceType type;
  std::string filename;  // empty: none
  std::string format;    // "application/pdf"

 protected:
  InputFileRawFrame(FrameType frame_type, std::string content, FileSourceType source, std::string name,
                    std::string mime_type)
      : SystemFrame(frame_type),
        file(std::move(content)),
        type(source),
        filename(std::move(name)),
        format(std::move(mime_type)) {}
};
struct UserFileRawFrame : InputFileRawFrame {
  static constexpr FrameType kFirst = FrameType::kUserFileRaw;
  static constexpr FrameType kLast = kFirst;
  UserFileRawFrame(std::string content, FileSourceType source, std::string name, std::string mime_type)
      : InputFileRawFrame(kFirst, std::move(content), source, std::move(name), std::move(mime_type)) {}

  std::string user_id;
  std::string text;                       // goes with the file into the context
  std::optional<bool> append_to_context;  // not given: yes
  std::optional<Json> custom_options;
  std::optional<bool> run_llm;  // not given: yes
};

// A picture to be shown.
struct OutputImageRawFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kOutputImageRaw;
  static constexpr FrameType kLast = FrameType::kAssistantImageRaw;
  OutputImageRawFrame(std::string bytes, ImageSize dimensions, std::string encoding)
      : OutputImageRawFrame(kFirst, std::move(bytes), dimensions, std::move(encoding)) {}

  std::string image;
  ImageSize size;
  std::string format;  // empty: not told
  bool sync_with_audio = false;

 protected:
  OutputImageRawFrame(FrameType type, std::string bytes, ImageSize dimensions, std::string encoding)
      : DataFrame(type), image(std::move(bytes)), size(dimensions), format(std::move(encoding)) {}
};
struct URLImageRawFrame : OutputImageRawFrame {
  static constexpr FrameType kFirst = FrameType::kURLImageRaw;
  static constexpr FrameType kLast = kFirst;
  URLImageRawFrame(std::string bytes, ImageSize dimensions, std::string encoding)
      : OutputImageRawFrame(kFirst, std::move(bytes), dimensions, std::move(encoding)) {}
  std::string url;  // where it came from; empty: not told
};
// Made by the model: shown, and put into the context.
struct AssistantImageRawFrame : OutputImageRawFrame {
  static constexpr FrameType kFirst = FrameType::kAssistantImageRaw;
  static constexpr FrameType kLast = kFirst;
  AssistantImageRawFrame(std::string bytes, ImageSize dimensions, std::string encoding)
      : OutputImageRawFrame(kFirst, std::move(bytes), dimensions, std::move(encoding)) {}
  std::string original_data;       // as the model gave it; empty: `image` is that
  std::string original_mime_type;  // of it
};
// Shown one after the other.
struct SpriteFrame : DataFrame {
  static constexpr FrameType kFirst = FrameType::kSprite;
  static constexpr FrameType kLast = kFirst;
  explicit SpriteFrame(std::vector<Ref<const OutputImageRawFrame>> sequence)
      : DataFrame(kFirst), images(std::move(sequence)) {}
  std::vector<Ref<const OutputImageRawFrame>> images;
};

// A key of a telephone, by its own sign.
enum class KeypadEntry : char {
  kZero = '0',
  kOne = '1',
  kTwo = '2',
  kThree = '3',
  kFour = '4',
  kFive = '5',
  kSix = '6',
  kSeven = '7',
  kEight = '8',
  kNine = '9',
  kPound = '#',
  kStar = '*',
};
// Nothing if that is no key: letters and anything longer than one sign.
std::optional<KeypadEntry> ParseKeypadEntry(std::string_view sign);

struct InputDTMFFrame : SystemFrame {
  static constexpr FrameType kFirst = FrameType::kInputDTMF;
  static constexpr FrameType kLast = kFirst;
  explicit InputDTMFFrame(KeypadEntry key) : SystemFrame(kFirst), button(key) {}
  KeypadEntry button;
};
// Keys to be dialled: in order with the sound, or at once.
template <class Base, FrameType T>
struct DTMFFrame : Base {
  static constexpr FrameType kFirst = T;
  static constexpr FrameType kLast = T;
  explicit DTMFFrame(std::vector<KeypadEntry> keys) : Base(T), buttons(std::move(keys)) {}
  std::vector<KeypadEntry> buttons;
};
using OutputDTMFFrame = DTMFFrame<DataFrame, FrameType::kOutputDTMF>;
using OutputDTMFUrgentFrame = DTMFFrame<SystemFrame, FrameType::kOutputDTMFUrgent>;

}  // namespace repartee
