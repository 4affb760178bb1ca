interface Prepared {
  body: Uint8Array<ArrayBuffer>;
  etag: string;
}

/** Each page object is serialized once; a reloaded page is another object. */
const prepared = new WeakMap<object, Prepared | Promise<Prepared>>();

/** A page as JSON. A `GET` also gets an `ETag`, and 304 for a matching `If-None-Match`. */
export async function pageResponse(request: Request, page: object, cacheControl: string): Promise<Response> {
  let ready = prepared.get(page);
  if (ready === undefined) prepared.set(page, ready = prepare(page));
  const { body, etag } = ready instanceof Promise ? await ready : ready;
  if (request.method !== "GET") {
    return new Response(body, { headers: { "content-type": "application/json" } });
  }

  const headers = { etag, "cache-control": cacheControl };
  if (matches(request.headers.get("if-none-match"), etag)) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(body, { headers: { "content-type": "application/json", ...headers } });
}

async function prepare(page: object): Promise<Prepared> {
  const body = new TextEncoder().encode(JSON.stringify(page));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  const ready = { body, etag: `W/"${hex(hash.subarray(0, 16))}"` };
  prepared.set(page, ready);
  return ready;
}

/** Weak comparison: https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match */
function matches(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.trim() === "*" ||
    header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag.slice(2));
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
