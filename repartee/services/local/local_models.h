// LocalModels: the models of this machine, loaded once and shared by all conversations,
// and the pool of threads on which they run.
//
// All are loaded at the same time and used once, so that nobody's first answer pays for
// it. Thread: Load blocks, some 2 s; the accessors any. Outlives the services that use
// it; destroy it before the loops that it serves.
#pragma once

#include <memory>
#include <string>

#include "repartee/audio/turn_analyzer.h"
#include "repartee/audio/vad_analyzer.h"
#include "repartee/base/status.h"
#include "repartee/services/local/models/inference_pool.h"
#include "repartee/services/local/models/llama_model.h"
#include "repartee/services/local/models/moonshine.h"
#include "repartee/services/local/models/piper.h"
#include "repartee/services/local/models/silero_vad.h"
#include "repartee/services/local/models/smart_turn.h"

namespace repartee::local {

struct LocalModelsOptions {
  // "smollm2", "qwen0.5b", or a GGUF file; empty: none is loaded.
  std::string language_model = "smollm2";
  LlamaOptions llama{};
  // Of one utterance or clause; 0: one for each core, at most 4.
  int speech_threads = 0;
  // Smart Turn, for NewTurnAnalyzer.
  bool end_of_turn = false;
  // Models run on the caller's thread and, in virtual time, take no time.
  bool run_inline = false;
};

class LocalModels {
 public:
  // NotFound names what is missing, Malformed what is damaged; both say what to do.
  static Result<std::unique_ptr<LocalModels>> Load(LocalModelsOptions options);

  const LocalModelsOptions& options() const { return options_; }
  InferencePool& pool() { return *pool_; }
  MoonshineRecognizer& moonshine() { return *moonshine_; }
  PiperVoice& piper() { return *piper_; }
  // Null if none was asked for.
  const std::shared_ptr<LlamaModel>& llama() const { return llama_; }
  // How people call the language model: "smollm2", or the name of its file.
  std::string language_model_name() const;

  // An analyzer of its own for one conversation, at 16 kHz. InvalidArgument on bad parameters.
  Result<std::unique_ptr<VadAnalyzer>> NewVad(VadParams params = {}) const;
  // Judges one conversation's turns by their sound. Null unless end_of_turn was asked for.
  std::unique_ptr<TurnAnalyzer> NewTurnAnalyzer(TurnAnalyzerOptions options = {}) const;

 private:
  explicit LocalModels(LocalModelsOptions options) : options_(std::move(options)) {}

  const LocalModelsOptions options_;
  std::shared_ptr<SileroModel> silero_;           // shared with the analyzers
  std::shared_ptr<SmartTurnNetwork> smart_turn_;  // shared with the analyzers
  std::unique_ptr<MoonshineRecognizer> moonshine_;
  std::unique_ptr<PiperVoice> piper_;
  std::shared_ptr<LlamaModel> llama_;    // shared with the sessions
  std::unique_ptr<InferencePool> pool_;  // last: its threads use the others
};

}  // namespace repartee::local
