import type { BillingServer } from "../server.ts";
import type { SupabaseLike } from "../supabase_like.ts";

/** What a call is answered with: a Response, as functions-js reads it, or what `fetch` throws. */
export type Answer = (call: FakeCall) => Response | Promise<Response>;

export interface FakeCall {
  name: string;
  method: string;
  body: unknown;
  signal: AbortSignal;
}

/** The functions of a project: each call gets the next answer, the last one again and again. */
export function fakeSupabase(...answers: Answer[]): SupabaseLike & { calls: FakeCall[] } {
  const calls: FakeCall[] = [];
  return {
    calls,
    functions: {
      async invoke(name, { method = "POST", body, signal } = {}) {
        const call = { name, method, body, signal: signal! };
        calls.push(call);
        try {
          const response = await (answers[calls.length - 1] ?? answers.at(-1)!)(call);
          if (!response.ok) return { data: null, error: failure("FunctionsHttpError", response) };
          const isJson = response.headers.get("content-type")?.startsWith("application/json");
          return { data: isJson ? await response.json() : await response.text(), error: null };
        } catch (thrown) {
          return { data: null, error: failure("FunctionsFetchError", thrown) };
        }
      },
    },
  };
}

/** The same, as a server that is called without supabase-js. */
export function fakeServer(...answers: Answer[]): BillingServer & { calls: FakeCall[]; tokens: (string | null)[] } {
  const calls: FakeCall[] = [];
  const tokens: (string | null)[] = [];
  return {
    calls,
    tokens,
    url: "https://billing.example/",
    getToken: () => Promise.resolve("token_of_ada"),
    async fetch(input, { method = "GET", body, headers, signal } = {}) {
      const call = {
        name: String(input).replace(/^https:\/\/billing\.example\//, ""),
        method,
        body: body === undefined ? undefined : JSON.parse(String(body)),
        signal: signal!,
      };
      calls.push(call);
      tokens.push(new Headers(headers).get("authorization"));
      return await (answers[calls.length - 1] ?? answers.at(-1)!)(call);
    },
  };
}

/** What the client is made with → a fake of it. */
export const SERVICES = { "supabase-js": fakeSupabase, "a base URL": fakeServer };

const failure = (name: string, context: unknown) => Object.assign(new Error(name), { name, context });

export const json = (body: unknown) => () => Response.json(body);

/** An error of a function. */
export const refuse = (status: number, code: string, headers: Record<string, string> = {}, more: object = {}) => () =>
  Response.json({ error: { code, message: `It is ${code}`, request_id: "req_1", ...more } }, { status, headers });

export const offline = () => {
  throw new TypeError("Failed to fetch");
};

/** No answer, whatever the signal says: supabase-js before it had one. */
export const deaf: Answer = () => new Promise(() => {});

/** No answer, until the call is given up. */
export const silent: Answer = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
