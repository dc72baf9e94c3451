import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const page = (name: string) => fileURLToPath(new URL(name, import.meta.url));

// Two pages in one build: the dashboard (index.html) and the page to talk to an agent (talk.html).
// The content security policy allows files of our own alone: nothing is inlined.
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
    reportCompressedSize: false,
    rollupOptions: { input: ["index.html", "talk.html"].map(page).filter(existsSync) },
  },
  server: { proxy: { "/api": process.env.REPARTEE_URL ?? "http://127.0.0.1:3000" } },
});
