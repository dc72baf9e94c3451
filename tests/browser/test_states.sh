#!/usr/bin/env bash
# Empty, waiting and failed pages, and hostile content, in Debian's Chromium: see states.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v chromium >/dev/null || { echo 'chromium is not installed: tools/setup_packages.sh check'; exit 1; }
exec "$(tools/setup_web.sh --node)" tests/browser/states.mjs
