import { createClerkClient } from "@clerk/backend";
import { type ClerkState, createClerk, createFrontend, emptyState, newSigningKey, Webhooks } from "../mod.ts";

export const SECRET_KEY = "sk_test_emulator";
export const ORIGIN = "http://localhost:3000";
const signingKey = newSigningKey();

/** An emulator on a port of its own, the unmodified SDK that calls it, and plain requests for what the SDK hides. */
export function openClerk(state: ClerkState = emptyState(signingKey)) {
  const webhooks = new Webhooks();
  const issuer = "https://local.clerk.accounts.dev";
  const app = createClerk(state, { webhooks, issuer, secretKey: SECRET_KEY, authorizedParty: ORIGIN });
  const frontend = createFrontend(state, { webhooks, issuer, name: "Test", modules: "/nowhere" });
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => app.fetch(request));
  const url = `http://127.0.0.1:${server.addr.port}`;
  const sdk = createClerkClient({ apiUrl: url, secretKey: SECRET_KEY, telemetry: { disabled: true } });

  async function call(path: string, body?: unknown, { key = SECRET_KEY, method = "POST" } = {}) {
    const response = await fetch(url + path, {
      method: body === undefined ? "GET" : method,
      headers: { authorization: `Bearer ${key}` },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await response.text();
    return {
      status: response.status,
      text,
      body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : {},
    };
  }
  return {
    url,
    state,
    sdk,
    webhooks,
    call,
    frontend,
    createUser: (name: string) => sdk.users.createUser({ emailAddress: [`${name}@example.com`], firstName: name }),
    setActiveOrganization: (session: string, organization_id: string | null) =>
      call(`/_local/sessions/${session}/active_organization`, { organization_id }),
    async [Symbol.asyncDispose]() {
      await webhooks.close();
      await server.shutdown();
    },
  };
}

/** The code of the error that the SDK rejects with; undefined when it resolves. */
export const codeOf = (call: Promise<unknown>): Promise<string | undefined> =>
  call.then(() => undefined, (error) => error.errors?.[0]?.code ?? String(error));
