#include "repartee/services/local/models/onnx_session.h"

namespace repartee::local {
namespace {

// One a process: it owns the library's logger and allocators.
Ort::Env& Environment() {
  static Ort::Env environment(ORT_LOGGING_LEVEL_ERROR, "repartee");
  return environment;
}

Ort::SessionOptions OneThread() {
  Ort::SessionOptions options;
  options.SetIntraOpNumThreads(1);
  options.SetInterOpNumThreads(1);
  return options;
}

}  // namespace

OnnxSession::OnnxSession(const std::filesystem::path& file)
    : session_(Environment(), file.c_str(), OneThread()) {}

}  // namespace repartee::local
