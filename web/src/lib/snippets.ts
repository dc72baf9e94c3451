// What a program needs to send its traces here, ready to be pasted. The secret key is known as a hash only.
import type { Session } from "../api/types";

export type Sender = "pipecat" | "repartee" | "langfuse" | "curl";

const SECRET = "sk-lf-…";

export function snippet(sender: Sender, session: Session): string {
  const http = session.endpoints.http.replace(/\/$/, "");
  const encode = `$(printf %s '${session.public_key}:${SECRET}' | base64 -w0)`;
  switch (sender) {
    case "pipecat":
    case "repartee":
      if (session.endpoints.otlp_http && isLoopback(session.endpoints.otlp_http)) {
        return [
          "# .env of a program on this machine: no key needed",
          "ENABLE_TRACING=true",
          `OTEL_EXPORTER_OTLP_ENDPOINT="${session.endpoints.otlp_http.replace(/\/v1\/traces$/, "")}"`,
          "",
          "# .env of one elsewhere",
          `# OTEL_EXPORTER_OTLP_ENDPOINT="${http}/api/public/otel"`,
          `# OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic%20<base64 of ${session.public_key}:${SECRET}>"`,
        ].join("\n");
      }
      return [
        "# .env",
        "ENABLE_TRACING=true",
        `OTEL_EXPORTER_OTLP_ENDPOINT="${http}/api/public/otel"`,
        `OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic%20<base64 of ${session.public_key}:${SECRET}>"`,
      ].join("\n");
    case "langfuse":
      return [
        "# .env",
        `LANGFUSE_HOST="${http}"`,
        `LANGFUSE_PUBLIC_KEY="${session.public_key}"`,
        `LANGFUSE_SECRET_KEY="${SECRET}"`,
      ].join("\n");
    case "curl":
      return [
        `curl -sS ${http}/api/public/otel/v1/traces \\`,
        `  -H "Authorization: Basic ${encode}" \\`,
        "  -H 'Content-Type: application/x-protobuf' --data-binary @spans.binpb",
      ].join("\n");
  }
}

function isLoopback(url: string): boolean {
  return /\/\/(localhost|127\.|\[::1\])/.test(url);
}

/** The .env of a program that has this key. */
export function environment(session: Session, publicKey: string, secretKey: string): string {
  return [
    "ENABLE_TRACING=true",
    `OTEL_EXPORTER_OTLP_ENDPOINT="${session.endpoints.http.replace(/\/$/, "")}/api/public/otel"`,
    `OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic%20${btoa(`${publicKey}:${secretKey}`)}"`,
  ].join("\n");
}
