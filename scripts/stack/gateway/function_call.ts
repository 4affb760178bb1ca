import { BootError, type Functions } from "../functions.ts";

/** Hop-by-hop headers. https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const HOP_HEADERS = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** The largest body that is forwarded, in bytes: protects the memory of the machine. */
const MAX_BODY = 20 * 1024 * 1024;

/** Forwards a request to a function, with the path `/<name>…`. Errors: https://supabase.com/docs/guides/functions/status-codes */
export async function callFunction(
  request: Request,
  name: string,
  { functions, log }: { functions: Functions; log(name: string, line: string): void },
): Promise<Response> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY) {
    // A caller that still sends may not see an answer.
    for await (const _chunk of request.body ?? []);
    return refuse(413, "PAYLOAD_TOO_LARGE", "Request body is too large");
  }
  let address: string | undefined;
  try {
    address = await functions.address(name);
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    return refuse(503, "BOOT_ERROR", "Function failed to start (please check logs)");
  }
  if (address === undefined) return refuse(404, "NOT_FOUND", "Requested function was not found");

  const url = new URL(request.url);
  try {
    const answer = await fetch(address + url.pathname.slice("/functions/v1".length) + url.search, {
      method: request.method,
      headers: forwarded(request.headers, url),
      body: request.body,
      redirect: "manual",
      signal: request.signal,
    });
    return new Response(answer.body, { status: answer.status, headers: withoutHops(answer.headers) });
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    log(name, `No answer: ${error instanceof Error ? error.message : error}`);
    return refuse(502, "WORKER_ERROR", "Function exited due to an error (please check logs)");
  }
}

function forwarded(headers: Headers, url: URL): Headers {
  const kept = withoutHops(headers);
  kept.set("x-forwarded-host", url.host);
  kept.set("x-forwarded-proto", url.protocol.slice(0, -1));
  // Otherwise fetch decompresses the body and keeps the header.
  kept.set("accept-encoding", "identity");
  return kept;
}

function withoutHops(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const named of headers.get("connection")?.split(",") ?? []) if (named.trim()) kept.delete(named.trim());
  for (const hop of HOP_HEADERS) kept.delete(hop);
  return kept;
}

const refuse = (status: number, code: string, message: string) => Response.json({ code, message }, { status });
