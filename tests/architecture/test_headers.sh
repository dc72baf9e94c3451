#!/usr/bin/env bash
# Every public header compiles by itself. Takes minutes: with --long only.
set -euo pipefail
[ "${1:-}" = --long ] || { echo 'only with --long'; exit 77; }
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git ls-files 'repartee/*.h' | grep -vE '_for_test\.h$|/testing/|test_peers|services/local/models/' |
  xargs -P "$(nproc)" -I{} sh -c 'g++ -std=c++20 -fsyntax-only -x c++ -I. -Ithird_party -DBOOST_ASIO_SEPARATE_COMPILATION {} ||
    { echo "does not compile by itself: {}"; exit 255; }'
