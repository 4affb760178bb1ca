import type { SupabaseLike } from "./supabase_like.ts";

/** Where the functions answer, without supabase-js: the plain server, or a project's `…supabase.co/functions/v1`. */
export interface BillingServer {
  /** The address before the names of the functions, such as `https://billing.example.com`. */
  readonly url: string;
  /** Clerk's session token, asked for before each request; null for a visitor. */
  readonly getToken?: () => Promise<string | null | undefined>;
  /** Used in place of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

/** Calls a server as supabase-js calls a project. It reports no changes. */
export function connect({ url, getToken, fetch = globalThis.fetch }: BillingServer): SupabaseLike {
  return {
    functions: {
      async invoke(name, { method, body, signal } = {}) {
        try {
          const token = await getToken?.();
          const answer = await fetch(`${url.replace(/\/+$/, "")}/${name}`, {
            method,
            signal,
            headers: {
              ...token && { authorization: `Bearer ${token}` },
              ...body && { "content-type": "application/json" },
            },
            ...body && { body: JSON.stringify(body) },
          });
          if (!answer.ok) return failure(answer);
          const isJson = answer.headers.get("content-type")?.startsWith("application/json");
          return { data: isJson && await answer.json(), error: null };
        } catch (thrown) {
          return failure(thrown);
        }
      },
    },
  };
}

const failure = (context: unknown) => ({ data: null, error: Object.assign(new Error("No success"), { context }) });
