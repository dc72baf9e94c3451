#!/usr/bin/env bash
# Each key of the dashboard in Debian's Chromium: see keys.mjs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v chromium >/dev/null || { echo 'chromium is not installed: tools/setup_packages.sh check'; exit 1; }
exec "$(tools/setup_web.sh --node)" tests/browser/keys.mjs
