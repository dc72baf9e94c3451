// Turns the built pages into what the C++ build compiles in: each file as brotli, one assembler file
// that includes their bytes, and the table of paths, types and hashes (repartee/web/assets.h).
//
//   node embed.mjs DIST OUT
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".png": "image/png",
  ".json": "application/json",
};

const [dist, out] = process.argv.slice(2);
const packed = join(out, "packed");
rmSync(packed, { recursive: true, force: true });
mkdirSync(packed, { recursive: true });

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(dist, join(entry.parentPath, entry.name)))
  .sort();

const assembler = ['.section .note.GNU-stack,"",@progbits', ".section .rodata"];
const declarations = [];
const rows = [];
files.forEach((name, index) => {
  const type = TYPES[extname(name)];
  if (!type) throw new Error(`${name}: no content type is known for this ending; add it to embed.mjs`);
  const plain = readFileSync(join(dist, name));
  const file = join(packed, `${index}.br`);
  writeFileSync(file, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }));
  const symbol = `repartee_web_asset_${index}`;
  assembler.push(`.global ${symbol}`, `.global ${symbol}_end`, `${symbol}:`, `.incbin "${file}"`, `${symbol}_end:`, ".byte 0");
  declarations.push(`extern const char ${symbol}[];`, `extern const char ${symbol}_end[];`);
  const hash = createHash("sha256").update(plain).digest("hex").slice(0, 32);
  // Vite puts a hash of the content into the names below assets/: such a file never changes.
  const immutable = name.startsWith("assets/");
  rows.push(`    Asset("/${name}", ${symbol}, ${symbol}_end, ${plain.length}, "${type}", "${hash}", ${immutable}),`);
});

writeFileSync(join(out, "assets.S"), assembler.join("\n") + "\n");
writeFileSync(
  join(out, "assets_table.cc"),
  `// Made by web/build/embed.mjs.
#include "repartee/web/assets.h"

extern "C" {
${declarations.join("\n")}
}

namespace repartee::web {
namespace {

WebAsset Asset(std::string_view path, const char* begin, const char* end, std::size_t size, std::string_view type,
               std::string_view hash, bool immutable) {
  return WebAsset{.path = path,
                  .brotli = std::string_view(begin, static_cast<std::size_t>(end - begin)),
                  .size = size,
                  .type = type,
                  .hash = hash,
                  .immutable = immutable};
}

}  // namespace

std::span<const WebAsset> Assets() {
  static const WebAsset kAssets[] = {
${rows.join("\n")}
  };
  return kAssets;
}

}  // namespace repartee::web
`,
);
