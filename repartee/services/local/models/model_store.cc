#include "repartee/services/local/models/model_store.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <vector>

#include "repartee/base/encoding.h"

namespace repartee::local {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSetup = "run tools/setup_models.sh";

struct Pin {
  std::string_view file;
  std::string_view sha256;
};

// The same as in tools/models.sha256, as far as the program loads them.
constexpr Pin kSilero{"models/silero_vad.onnx",
                      "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"};
constexpr Pin kSmartTurn{"models/smart-turn-v3.2-cpu.onnx",
                         "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"};
constexpr Pin kMoonshineEncoder{"models/moonshine-tiny-en/encoder_model.ort",
                                "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221"};
constexpr Pin kMoonshineDecoder{"models/moonshine-tiny-en/decoder_model_merged.ort",
                                "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0"};
constexpr Pin kMoonshineTokens{"models/moonshine-tiny-en/tokens.txt",
                               "2870d843e14c1e187bf1913a521562a63b53933814bd7f2145120468f494a049"};
constexpr Pin kPiperVoice{"models/piper-en_US-joe-medium/voice.onnx",
                          "c9dc0dd883bd662937e8986af97efb25636c557469bde904dc4fcc9344cd2918"};
constexpr Pin kPiperTokens{"models/piper-en_US-joe-medium/tokens.txt",
                           "da19d3f9a439574f66c072baafced1d1c79f42d8c5981619ea9274a7ab0dbba5"};
constexpr Pin kSmolLm{"models/SmolLM2-135M-Instruct.Q4_1.gguf",
                      "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"};
constexpr Pin kQwen{"models/Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf",
                    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"};

bool HasLine(const fs::path& file, std::string_view line) {
  std::ifstream in(file);
  for (std::string read; std::getline(in, read);) {
    if (read == line) return true;
  }
  return false;
}

// Checks `pin` and puts its path into `out`.
Status Find(const fs::path& folder, const Pin& pin, std::string_view remedy, fs::path& out) {
  const fs::path file = folder / pin.file;
  struct stat info{};
  if (::stat(file.c_str(), &info) != 0) {
    return Status::NotFound("local model missing: {}; {}", file.string(), remedy);
  }
  const fs::path verified = folder / "verified";
  const std::string stamp = fmt::format("{} {} {}.{:09} {}", pin.sha256, info.st_size, info.st_mtim.tv_sec,
                                        info.st_mtim.tv_nsec, pin.file);
  if (!HasLine(verified, stamp)) {
    const Result<std::string> actual = Sha256OfFile(file);
    if (!actual.ok()) return actual.status();
    if (*actual != pin.sha256) {
      return Status::Malformed("local model damaged: {} (SHA-256 {}, not {}); delete it and {}",
                               file.string(), *actual, pin.sha256, remedy);
    }
    // A folder that cannot be written only means that the next start checks again.
    std::ofstream(verified, std::ios::app) << stamp << '\n';
  }
  out = file;
  return OkStatus();
}

}  // namespace

Result<fs::path> ModelFolder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value ? value : "");
  };
  if (const auto own = variable("REPARTEE_MODELS"); !own.empty()) return fs::path(own);
  if (const auto cache = variable("XDG_CACHE_HOME"); !cache.empty()) return fs::path(cache) / "repartee";
  if (const auto home = variable("HOME"); !home.empty()) return fs::path(home) / ".cache" / "repartee";
  return Status::FailedPrecondition("no folder for the local models: set REPARTEE_MODELS or HOME");
}

Result<SpeechModels> FindSpeechModels(const fs::path& folder) {
  SpeechModels models;
  const std::array<std::pair<const Pin*, fs::path*>, 6> wanted{{
      {&kSilero, &models.silero_vad},
      {&kMoonshineEncoder, &models.moonshine.encoder},
      {&kMoonshineDecoder, &models.moonshine.decoder},
      {&kMoonshineTokens, &models.moonshine.tokens},
      {&kPiperVoice, &models.piper.voice},
      {&kPiperTokens, &models.piper.tokens},
  }};
  for (const auto& [pin, path] : wanted) {
    if (Status status = Find(folder, *pin, kSetup, *path); !status.ok()) return status;
  }
  return models;
}

Result<fs::path> FindEndOfTurnModel(const fs::path& folder) {
  fs::path path;
  if (Status status = Find(folder, kSmartTurn, kSetup, path); !status.ok()) return status;
  return path;
}

Result<fs::path> FindLanguageModel(const fs::path& folder, std::string_view name) {
  fs::path path;
  Status status;
  if (name == "smollm2") {
    status = Find(folder, kSmolLm, kSetup, path);
  } else if (name == "qwen0.5b") {
    status = Find(folder, kQwen, "run tools/setup_models.sh --llm qwen0.5b", path);
  } else {
    status = Status::InvalidArgument("no local language model '{}': there are smollm2 and qwen0.5b", name);
  }
  if (!status.ok()) return status;
  return path;
}

Result<std::string> Sha256OfFile(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Status::NotFound("cannot read {}", file.string());
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) {
    return Status::Internal("OpenSSL offers no SHA-256");
  }
  std::vector<char> buffer(1 << 20);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    EVP_DigestUpdate(digest.get(), buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return Status::NotFound("cannot read {}", file.string());
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  EVP_DigestFinal_ex(digest.get(), bytes.data(), &length);
  return HexEncode(std::string_view(reinterpret_cast<const char*>(bytes.data()), length));
}

}  // namespace repartee::local
