#!/usr/bin/env bash
# clang-tidy finds nothing in the product's sources. Takes some 20 minutes of CPU: with --long only.
set -euo pipefail
[ "${1:-}" = --long ] || { echo 'only with --long'; exit 77; }
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# Its own compile commands: those of g++ name options that clang does not know.
cmake -S . -B build/tidy -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_C_COMPILER=clang-19 \
  -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DREPARTEE_LOCAL="${REPARTEE_LOCAL:-ON}" >build/tidy.log
git ls-files 'repartee/*.cc' 'bench/*.cc' 'examples/*.cc' 'tests/*.cc' | grep -vE '_(test|fuzz)\.cc$' | sort |
  comm -12 - <(sed -n "s|^ *\"file\": \"$PWD/\(.*\)\".*|\1|p" build/tidy/compile_commands.json | sort) |
  xargs -P "$(nproc)" -n 4 clang-tidy-19 -p build/tidy --quiet
