/** Supabase's management API, for what the CLI has no command for. https://supabase.com/docs/reference/api */
import { Failure } from "../../lib/failure.ts";

export interface ManagementApi {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
}

/**
 * One project at the management API; paths are relative to the project.
 *
 * Every call throws a Failure when it is refused or gets no answer.
 */
export function openManagementApi(address: string, ref: string, accessToken: string): ManagementApi {
  async function call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${address}/v1/projects/${ref}${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(120_000),
    }).catch((cause) => {
      throw new Failure(`Cannot reach Supabase's management API at "${address}": ${cause.message}`);
    });
    const text = await response.text();
    if (!response.ok) throw new Failure(`${method} ${path} failed: ${explain(response.status, text)}`);
    return (text === "" ? undefined : JSON.parse(text)) as Answer;
  }
  return { get: (path) => call("GET", path), post: (path, body) => call("POST", path, body) };
}

function explain(status: number, text: string): string {
  const message = messageOf(text);
  if (status === 401) {
    return `Supabase rejected SUPABASE_ACCESS_TOKEN (${message}). Create a new one in the dashboard's account settings`;
  }
  if (status === 403 || status === 404) {
    return `the project or resource does not exist, or the access token may not read it (${status}: ${message})`;
  }
  return `Supabase answered ${status}: ${message}`;
}

function messageOf(text: string): string {
  try {
    return JSON.parse(text).message ?? text;
  } catch {
    return text.slice(0, 300);
  }
}
