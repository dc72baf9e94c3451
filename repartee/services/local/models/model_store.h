// Where the local models are, and whether they are what they should be.
//
// tools/setup_models.sh puts the files there. Each is pinned by its SHA-256; a file is read
// and checked once, then remembered by size and time in <folder>/verified, so that
// later starts cost nothing. A model that is damaged would at best talk nonsense.
//
// Thread: any; blocks on the disk.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::local {

struct MoonshineFiles {
  std::filesystem::path encoder;
  std::filesystem::path decoder;
  std::filesystem::path tokens;
};

struct PiperFiles {
  std::filesystem::path voice;
  std::filesystem::path tokens;
};

struct SpeechModels {
  std::filesystem::path silero_vad;
  MoonshineFiles moonshine;
  PiperFiles piper;
};

// $REPARTEE_MODELS, else $XDG_CACHE_HOME/repartee, else ~/.cache/repartee. FailedPrecondition if the
// environment has none of them.
Result<std::filesystem::path> ModelFolder();

// NotFound names the missing file, Malformed the damaged one; both say what to do.
Result<SpeechModels> FindSpeechModels(const std::filesystem::path& folder);

// The Smart Turn model; errors as above.
Result<std::filesystem::path> FindEndOfTurnModel(const std::filesystem::path& folder);

// The GGUF file of "smollm2" or "qwen0.5b". InvalidArgument on another name; else as above.
Result<std::filesystem::path> FindLanguageModel(const std::filesystem::path& folder, std::string_view name);

// Lower-case hexadecimal. NotFound if the file cannot be read.
Result<std::string> Sha256OfFile(const std::filesystem::path& file);

}  // namespace repartee::local
