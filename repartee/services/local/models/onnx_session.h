// An ONNX network, loaded and ready to run. Internal to local/models: the library's header is heavy.
// Thread: Run of one session may be called on several at once.
#pragma once

#include <onnxruntime/onnxruntime_cxx_api.h>

#include <filesystem>

namespace repartee::local {

class OnnxSession {
 public:
  // One thread a run: the networks here are too small to share, and a second thread would spin.
  // Throws Ort::Exception if the file is no network.
  explicit OnnxSession(const std::filesystem::path& file);
  Ort::Session& operator*() { return session_; }
  Ort::Session* operator->() { return &session_; }

 private:
  Ort::Session session_;
};

}  // namespace repartee::local
