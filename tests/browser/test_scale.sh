#!/usr/bin/env bash
# Many conversations and an hour of calls in Debian's Chromium: see scale.mjs. --long: 100,000 of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v chromium >/dev/null || { echo 'chromium is not installed: tools/setup_packages.sh check'; exit 1; }
exec "$(tools/setup_web.sh --node)" tests/browser/scale.mjs "$@"
