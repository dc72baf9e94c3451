// A stand-in for the server while pages are developed: answers /api/ui from invented data, with the
// product's own content security policy. Never part of the product.
//
//   node dev/mock.mjs DIST [PORT]      EMPTY=1 shows the first run
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { callDetail, facets, histogram, rows, spanDetail, spansOf, session } from "./data.mjs";

const [dist, port = "5199"] = process.argv.slice(2);
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

const json = (response, status, body) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
};

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  const part = url.pathname.split("/").filter(Boolean);
  if (url.pathname === "/api/ui/session") return json(response, 200, session(process.env.EMPTY !== undefined));
  if (url.pathname === "/api/ui/ingest-health") {
    return json(response, 200, { requests: 2, spans: 0, last_received: Date.now(), refused: [{ time: Date.now(), status: 401, reason: "the secret key does not belong to pk-lf-1234", fix: "Copy the header again; it must keep “Basic%20”, not a plain space", from: "10.0.3.14", path: "/api/public/otel/v1/traces", count: 2 }], received: [], damaged_days: [], hour: { from: Math.floor(Date.now() / 60_000 - 59) * 60_000, step: 60_000, taken: Array(60).fill(3), refused: Array(60).fill(0) } });
  }
  if (url.pathname === "/api/ui/conversations") {
    const q = (url.searchParams.get("q") ?? "").toLowerCase();
    const found = rows.filter((row) => row.title.toLowerCase().includes(q));
    return json(response, 200, { rows: found, next_cursor: null, total: found.length, searched_from: null, took_ms: 3.2 });
  }
  if (url.pathname === "/api/ui/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`id: 1\nevent: stats\ndata: ${JSON.stringify({ spans_per_second: 1240, live: 1, lag_ms: 300 })}\n\n`);
    return undefined;
  }
  if (part[0] === "api" && part[2] === "conversations") {
    const detail = callDetail(part[3]);
    if (!detail) return json(response, 404, { error: { message: "No conversation has this id", request_id: "r_5c1e" } });
    if (part.length === 4) return json(response, 200, detail);
    if (part.length === 5) return json(response, 200, { spans: spansOf(part[3], url.searchParams.get("turn")) });
    return json(response, 200, spanDetail(part[3], part[5]));
  }
  if (url.pathname === "/api/ui/facets") return json(response, 200, facets);
  if (url.pathname === "/api/ui/histogram") return json(response, 200, histogram);
  if (part[0] === "api") return json(response, 404, { error: { message: "The mock has no such answer", request_id: "r_0" } });
  let file = join(dist, url.pathname);
  if (!existsSync(file) || extname(file) === "") file = join(dist, "index.html");
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": CSP });
  return response.end(readFileSync(file));
});
server.listen(Number(port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
