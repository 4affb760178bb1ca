/** Serves the emulator on its own, with an empty instance: see "Start it alone" in README.md. */
import { parseArgs } from "node:util";
import { createClerk, emptyState } from "./mod.ts";

const { port, issuer, "secret-key": secretKey, "authorized-party": authorizedParty } = parseArgs({
  options: {
    port: { type: "string", default: "12112" },
    "secret-key": { type: "string", default: "sk_test_emulator" },
    issuer: { type: "string", default: "https://local.clerk.accounts.dev" },
    "authorized-party": { type: "string", default: "http://localhost:3000" },
  },
}).values;

const clerk = createClerk(emptyState(), { secretKey, issuer, authorizedParty });
Deno.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  onListen: ({ port }) =>
    console.log(
      `Clerk's Backend API on http://127.0.0.1:${port} with the key ${secretKey}`,
    ),
}, (request) => clerk.fetch(request));
