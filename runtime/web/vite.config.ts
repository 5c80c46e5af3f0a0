import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { shortVariables } from "./short_variables_plugin.ts";
import { catalogue } from "./texts_plugin.ts";

const here = import.meta.dirname;
const desk = process.env["FRONTDESK_URL"] ?? "http://127.0.0.1:8000";

const pages = ["console", "site", "protocol"];

/** In development the pages answer at the addresses they have in production. */
function addresses(): Plugin {
  const served: Record<string, string> = {
    "/": "/site/index.html",
    "/console": "/console/index.html",
    "/protocol": "/protocol/index.html",
    "/widget.js": "/widget/widget.ts",
  };
  return {
    name: "frontdesk-addresses",
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const [path = "/", query] = (request.url ?? "/").split("?");
        const file = served[path.length > 1 ? path.replace(/\/$/, "") : path];
        if (file) request.url = query === undefined ? file : `${file}?${query}`;
        next();
      });
    },
  };
}

/** The terms of the font go along with it: `build.license` only knows scripts. The widget has neither. */
function fontLicense(): Plugin {
  const terms = resolve(here, "node_modules/@fontsource-variable/inter/LICENSE");
  return {
    name: "frontdesk-font-license",
    applyToEnvironment: (environment) => environment.name === "client",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "third-party-font.txt", source: readFileSync(terms) });
    },
  };
}

export default defineConfig({
  root: here,
  appType: "mpa",
  publicDir: false,
  plugins: [
    react(),
    catalogue(resolve(here, "../frontdesk/locale"), { area: "widget", sources: resolve(here, "widget") }),
    shortVariables(resolve(here, "widget/look.css")),
    addresses(),
    fontLicense(),
  ],
  build: {
    target: "es2023",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    outDir: resolve(here, "../frontdesk/static"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  environments: {
    client: {
      build: {
        license: { fileName: "third-party.md" },
        rolldownOptions: {
          input: Object.fromEntries(
            pages
              .map((page) => [page, resolve(here, page, "index.html")] as const)
              .filter(([, file]) => existsSync(file)),
          ),
        },
      },
    },
    // Its own environment: as one more page it would share chunks with the others and stop being one file.
    widget: {
      consumer: "client",
      build: {
        emptyOutDir: false,
        rolldownOptions: {
          input: resolve(here, "widget/widget.ts"),
          output: { format: "es", entryFileNames: "widget.js", codeSplitting: false },
          preserveEntrySignatures: false,
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      for (const environment of Object.values(builder.environments))
        if (environment.name !== "ssr") await builder.build(environment);
    },
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      "^/(v1|webhooks|healthz|readyz|metrics)(/|$)": desk,
      "^/ws/": { target: desk, ws: true },
    },
  },
});
