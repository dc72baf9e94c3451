#!/usr/bin/env bash
# Every source of ours is formatted as .clang-format says.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git ls-files -co --exclude-standard 'repartee/*.h' 'repartee/*.cc' 'bench/*.h' 'bench/*.cc' 'examples/*.cc' 'tests/*.cc' 'tests/*.h' |
  xargs -r clang-format-19 --dry-run --Werror 2>&1 | grep -E 'error:' | sed 's/: error.*//' | sort -u >/tmp/unformatted.$$ || true
trap 'rm -f /tmp/unformatted.$$' EXIT
[ -s /tmp/unformatted.$$ ] || { echo 'all sources are formatted'; exit 0; }
echo 'run clang-format-19 -i on these:'
cut -d: -f1 /tmp/unformatted.$$ | sort -u
exit 1
