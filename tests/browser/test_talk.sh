#!/usr/bin/env bash
# The talk page in a real browser: see talk.mjs. Skipped without a browser, the page or the local models.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v chromium >/dev/null || { echo "no chromium"; exit 77; }
exec "$(tools/setup_web.sh --node)" tests/browser/talk.mjs
