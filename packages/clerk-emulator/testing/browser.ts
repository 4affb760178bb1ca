import { decodeJwt } from "jose";
import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { ORIGIN } from "./instance.ts";

type Frontend = (request: Request) => Promise<Response>;

/** A browser that calls the Frontend API as the SDK does: GET and POST only, forms, and its id in the query. */
export async function openBrowser(frontend: Frontend, { origin = ORIGIN } = {}) {
  let id = "";
  async function call(method: string, path: string, fields?: Record<string, string> | [string, string][]) {
    const query = new URLSearchParams({ __clerk_api_version: "2026-01-01", ...id && { __clerk_db_jwt: id } });
    if (method !== "GET" && method !== "POST") query.set("_method", method);
    const url = `${origin}/v1${path}${path.includes("?") ? "&" : "?"}${query}`;
    const isGet = method === "GET";
    const response = await frontend(
      new Request(url, {
        method: isGet ? "GET" : "POST",
        headers: isGet ? {} : { origin },
        body: isGet ? null : new URLSearchParams(fields),
      }),
    );
    return { status: response.status, body: await response.json() };
  }
  ({ body: { id } } = await call("POST", "/dev_browser"));

  /** What a call that must succeed answers. */
  async function read(method: string, path: string, fields?: Record<string, string> | [string, string][]) {
    const { status, body } = await call(method, path, fields);
    assertEquals(status, 200, JSON.stringify(body));
    return body;
  }
  return {
    call,
    read,
    /** The status and the code of a call that is refused. */
    async refused(method: string, path: string, fields?: Record<string, string>) {
      const { status, body } = await call(method, path, fields);
      return [status, body.errors?.[0].code];
    },
    /** Signs in with the password. @returns The session */
    async signIn(identifier: string, password: string) {
      const { client } = await read("POST", "/client/sign_ins", { identifier, password });
      return client.sessions.at(-1);
    },
    /** The claims of a fresh token of a session. */
    claims: async (session: string, fields?: Record<string, string>) =>
      decodeJwt((await read("POST", `/client/sessions/${session}/tokens`, fields)).jwt),
  };
}
