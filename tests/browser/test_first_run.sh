#!/usr/bin/env bash
# `repartee up` as a newcomer has it, in a real browser: see first_run.mjs. Skipped without the local models.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec "$(tools/setup_web.sh --node)" tests/browser/first_run.mjs
