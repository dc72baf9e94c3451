// Utf8Assembler: a model's tokens may end inside a character; this holds the first part
// back until the rest has come, so that every text handed on is whole.
//
// Limit: at most 3 bytes are held. Thread: a value.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace repartee::local {

class Utf8Assembler {
 public:
  // The whole characters of what was held and `bytes`. Bytes that no rest can make a character pass as they
  // are.
  std::string Add(std::string_view bytes) {
    held_ += bytes;
    const std::size_t whole = held_.size() - UnfinishedTail(held_);
    std::string text = held_.substr(0, whole);
    held_.erase(0, whole);
    return text;
  }

 private:
  static std::size_t UnfinishedTail(std::string_view text) {
    for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
      const auto byte = static_cast<unsigned char>(text[text.size() - back]);
      if ((byte & 0xC0) == 0x80) continue;
      const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
      return length > back ? back : 0;
    }
    return 0;
  }

  std::string held_;
};

}  // namespace repartee::local
