#!/usr/bin/env bash
# Latency and the live wall in Debian's Chromium: see measure.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v chromium >/dev/null || { echo 'chromium is not installed: tools/setup_packages.sh check'; exit 1; }
exec "$(tools/setup_web.sh --node)" tests/browser/measure.mjs
