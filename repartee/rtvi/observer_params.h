// RTVIObserverParams: what a client is told of. Thread: values.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace repartee {

// How much a client learns of function calls; each level adds to the one before.
enum class RTVIFunctionCallReportLevel : std::uint8_t {
  kDisabled,
  kNone,  // that there is one
  kName,
  kArguments,
  kFull,  // and the result
};

struct RTVIObserverParams {
  bool bot_output_enabled = true;
  bool bot_llm_enabled = true;
  bool bot_tts_enabled = true;
  bool bot_speaking_enabled = true;
  bool user_llm_enabled = true;
  bool user_speaking_enabled = true;
  bool user_mute_enabled = true;
  bool user_transcription_enabled = true;
  bool user_input_enabled = true;
  bool metrics_enabled = true;
  // Off unless asked for.
  bool vad_user_speaking_enabled = false;
  bool stt_raw_text_enabled = false;
  bool llm_raw_text_enabled = false;
  bool tts_raw_text_enabled = false;
  bool bot_llm_marker_enabled = false;
  bool user_audio_level_enabled = false;  // each 0.15 s
  bool bot_audio_level_enabled = false;
  // Every line that the program logs, other conversations' included: for its author's eyes.
  bool system_logs_enabled = false;
  // By name of the function; "*" for all others.
  std::map<std::string, RTVIFunctionCallReportLevel> function_call_report_level{
      {"*", RTVIFunctionCallReportLevel::kNone}};
};

}  // namespace repartee
