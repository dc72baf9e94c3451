#include "repartee/services/local/models/piper.h"

#include <sherpa-onnx/c-api/c-api.h>
#include <algorithm>
#include <cmath>
#include <string>

#include "repartee/services/local/models/clauses.h"

namespace repartee::local {
namespace {

// Of well-formed UTF-8, which is what espeak-ng writes; a broken tail is left out.
void AppendCodePoints(std::string_view utf8, std::vector<std::int32_t>& out) {
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (i + length > utf8.size()) return;
    std::int32_t code = length == 1 ? lead : lead & (0x7F >> length);
    for (std::size_t k = 1; k < length; ++k)
      code = code << 6 | (static_cast<unsigned char>(utf8[i + k]) & 0x3F);
    out.push_back(code);
    i += length;
  }
}

std::int16_t ToPcm(float sample) {
  return static_cast<std::int16_t>(std::lround(std::clamp(sample, -1.0f, 1.0f) * 32767.0f));
}

}  // namespace

PiperVoice::PiperVoice(Handle handle)
    : sample_rate_(SherpaOnnxOfflineTtsSampleRate(handle.get())), handle_(std::move(handle)) {}

Result<std::unique_ptr<PiperVoice>> PiperVoice::Load(const PiperFiles& files, int threads) {
  SherpaOnnxOfflineTtsConfig config{};
  config.model.vits.model = files.voice.c_str();
  config.model.vits.tokens = files.tokens.c_str();
  config.model.vits.noise_scale = 0.667f;
  config.model.vits.noise_scale_w = 0.8f;
  config.model.vits.length_scale = 1.0f;
  config.model.num_threads = threads;
  config.model.provider = "cpu";
  config.max_num_sentences = 1;
  Handle handle(SherpaOnnxCreateOfflineTts(&config), &SherpaOnnxDestroyOfflineTts);
  if (!handle) return Status::Malformed("piper: cannot load {}", files.voice.string());
  std::unique_ptr<PiperVoice> voice(new PiperVoice(std::move(handle)));
  // The first clause costs twice the time of the second; nobody should wait for that.
  if (auto warm = voice->Synthesize("Hello."); !warm.ok()) return std::move(warm).status();
  return voice;
}

Result<std::vector<std::int32_t>> PiperVoice::PhonemeCodePoints(std::string_view clause) {
  std::vector<std::int32_t> codes;
  for (const MarkedText& piece : SplitAtMarks(clause)) {
    const Result<std::string> phonemes = phonemizer_.Phonemes(piece.text);
    if (!phonemes.ok()) return phonemes.status();
    if (phonemes->empty()) continue;
    if (!codes.empty()) codes.push_back(' ');
    AppendCodePoints(*phonemes, codes);
    if (piece.mark != '\0') codes.push_back(piece.mark);
  }
  return codes;
}

Result<std::vector<std::int16_t>> PiperVoice::Synthesize(std::string_view clause) {
  if (clause.size() > EspeakPhonemizer::kMaxClauseBytes) {
    return Status::InvalidArgument("piper: a clause of {} bytes, at most {}", clause.size(),
                                   EspeakPhonemizer::kMaxClauseBytes);
  }
  const Result<std::vector<std::int32_t>> codes = PhonemeCodePoints(clause);
  if (!codes.ok()) return codes.status();
  if (codes->empty()) return std::vector<std::int16_t>();

  SherpaOnnxGenerationConfig config{};
  const auto length = static_cast<std::int32_t>(codes->size());
  config.speed = 1.0f;
  config.phoneme_codepoints = codes->data();
  config.phoneme_codepoints_lens = &length;
  config.phoneme_codepoints_num_sentences = 1;
  const std::lock_guard lock(mutex_);
  const std::unique_ptr<const SherpaOnnxGeneratedAudio, decltype(&SherpaOnnxDestroyOfflineTtsGeneratedAudio)>
      audio(SherpaOnnxOfflineTtsGenerateWithConfig(handle_.get(), "", &config, nullptr, nullptr),
            &SherpaOnnxDestroyOfflineTtsGeneratedAudio);
  if (!audio) return Status::Internal("piper: no sound for '{}'", clause);
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(audio->n));
  std::transform(audio->samples, audio->samples + audio->n, pcm.begin(), ToPcm);
  return pcm;
}

}  // namespace repartee::local
