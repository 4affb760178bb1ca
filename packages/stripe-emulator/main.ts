/** Serves the emulator on its own, with an empty account: see "Start it alone" in README.md. */
import { parseArgs } from "node:util";
import { createStripe, emptyState } from "./mod.ts";

const { port, "secret-key": secretKey } = parseArgs({
  options: {
    port: { type: "string", default: "12111" },
    "secret-key": { type: "string", default: "sk_test_emulator" },
  },
}).values;

const stripe = createStripe(emptyState(), { secretKey });
setInterval(() => stripe.tick(), 1_000);
Deno.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  onListen: ({ port }) => console.log(`Stripe's API on http://127.0.0.1:${port} with the key ${secretKey}`),
}, (request) => stripe.fetch(request));
