#!/usr/bin/env bash
# Installs the Debian packages that are missing; touches no network when none is.
#
#   tools/setup_packages.sh build          what ./run needs
#   tools/setup_packages.sh build check    what ./test needs
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

wanted=()
for set in "$@"; do
  mapfile -t names < <(sed -n "s/^$set //p" packages.txt)
  [ ${#names[@]} -gt 0 ] || { printf 'error: no set of packages is called %s\n' "$set" >&2; exit 2; }
  wanted+=("${names[@]}")
done

missing=()
for name in "${wanted[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || missing+=("$name")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || {
  printf 'error: these packages are missing and there is no apt-get to install them: %s\n' "${missing[*]}" >&2
  exit 1
}
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    printf 'error: installing needs root: run as root, or install sudo; missing: %s\n' "${missing[*]}" >&2
    exit 1
  }
  as_root=(sudo -E)
fi
printf 'installing %d packages: %s\n' ${#missing[@]} "${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq &&
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null || {
  printf 'error: the packages cannot be installed (above); check network and disk, and run this again\n' >&2
  exit 1
}
