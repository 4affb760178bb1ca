import Stripe from "stripe";
import { createStripe, emptyState, type StripeState } from "../mod.ts";

export const SECRET_KEY = "sk_test_51LocalStripeTests";

export interface Answered {
  status: number;
  headers: Headers;
  body: any;
}

/** An emulator on a port of its own, the unmodified SDK that calls it, and plain requests for what the SDK hides. */
export function openAccount(state: StripeState = emptyState()) {
  const clock = { now: Date.parse("2026-11-24T08:00:00Z") };
  const local = createStripe(state, { secretKey: SECRET_KEY, now: () => clock.now });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, local.fetch);
  const url = `http://127.0.0.1:${server.addr.port}`;

  const sdkWith = (key: string) =>
    new Stripe(key, {
      host: "127.0.0.1",
      port: server.addr.port,
      protocol: "http",
      telemetry: false,
      maxNetworkRetries: 0,
    });

  async function call(method: string, path: string, body?: string, headers: HeadersInit = {}): Promise<Answered> {
    const authorization = `Bearer ${SECRET_KEY}`;
    const response = await fetch(url + path, { method, body, headers: { authorization, ...headers } });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
  }
  return {
    url,
    state,
    clock,
    local,
    sdk: sdkWith(SECRET_KEY),
    /** The SDK with another key. */
    sdkWith,
    call,
    get: (path: string) => call("GET", path),
    post: (path: string, body = "", headers: HeadersInit = {}) => call("POST", path, body, headers),
    control: (path: string, body: unknown = {}) => call("POST", `/_local/${path}`, JSON.stringify(body)),
    async [Symbol.asyncDispose]() {
      await local.close();
      await server.shutdown();
    },
  };
}
