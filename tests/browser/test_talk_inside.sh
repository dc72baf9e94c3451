#!/usr/bin/env bash
# Talk as a page of the dashboard: see talk_inside.mjs. Skipped without a browser or the local models.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v chromium >/dev/null || { echo "no chromium"; exit 77; }
exec "$(tools/setup_web.sh --node)" tests/browser/talk_inside.mjs
