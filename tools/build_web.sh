#!/usr/bin/env bash
# Builds the pages of web/ into OUT/dist and makes from them what the C++ build compiles in (cmake/Web.cmake).
#
#   tools/build_web.sh OUT
set -euo pipefail
tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$1
mkdir -p "$out"
node=$("$tools/setup_web.sh" --node)
cd "$tools/../web"
"$node" node_modules/vite/bin/vite.js build --outDir "$out/dist" --logLevel warn
"$node" build/embed.mjs "$out/dist" "$out"
