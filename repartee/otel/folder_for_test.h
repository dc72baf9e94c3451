// A folder of its own for a test, gone with it. Thread: any.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

namespace repartee::otel {

class FolderForTest {
 public:
  FolderForTest() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("repartee-otel-" + std::to_string(getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~FolderForTest() { std::filesystem::remove_all(path_); }
  FolderForTest(const FolderForTest&) = delete;
  FolderForTest& operator=(const FolderForTest&) = delete;

  std::string Path(const std::string& name) const { return path_ / name; }
  // The names of its files that end so, sorted.
  static std::vector<std::string> Files(const std::string& folder, const std::string& end) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::string name = entry.path().filename();
      if (name.ends_with(end)) names.push_back(std::move(name));
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace repartee::otel
