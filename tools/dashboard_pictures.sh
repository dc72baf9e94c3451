#!/usr/bin/env bash
# Takes the pictures of docs/images anew: every page in both themes, from real calls. Needs a build with the local models.
#
#   tools/dashboard_pictures.sh [FOLDER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v chromium >/dev/null || { echo 'chromium is not installed: tools/setup_packages.sh check'; exit 1; }
exec "$(tools/setup_web.sh --node)" tests/browser/pictures.mjs "$@"
