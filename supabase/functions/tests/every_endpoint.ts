/** What holds for every endpoint. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readError, readProblems, readText } from "./answers.ts";
import { findLine, findLines } from "./log_lines.ts";
import { sendRaw } from "./raw_request.ts";
import { type CallOptions, ORIGIN, type Stack } from "./stack.ts";

interface Endpoint {
  name: string;
  /** The first is used where the method does not matter. */
  methods: ("GET" | "POST")[];
  /** A valid token; none at a public endpoint. */
  token?: string;
  /** How the log names the caller with this token, or without one. */
  caller: string;
  /** A path and query that answers 200 to the first method. */
  path?: string;
  /** The fields that the input must have: without them the answer names them too. */
  required?: string[];
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

const SUPABASE_HEADERS =
  "authorization, x-client-info, apikey, content-type, x-retry-count, traceparent, tracestate, baggage, x-region, x-supabase-api-version, if-none-match, cache-control, sentry-trace";

/** Tests an endpoint independently of its use case. */
export async function testEveryEndpoint(t: Deno.TestContext, stack: Stack, endpoint: Endpoint): Promise<void> {
  const { name, methods, token, caller, path = name, required = [] } = endpoint;
  const unknownOf = async (response: Response) =>
    (await readProblems(response)).filter((field) => !required.includes(field)).sort();
  const allowed = [...methods.flatMap((method) => method === "GET" ? ["GET", "HEAD"] : [method]), "OPTIONS"].join(", ");
  const [method] = methods;
  const call = (path: string, options: CallOptions = {}) => stack.call(path, { token, method, ...options });
  const post = (body: unknown, headers?: Record<string, string>) => call(name, { method: "POST", body, headers });

  await t.step("a preflight without a token answers 204 with the CORS headers", async () => {
    const response = await stack.call(name, {
      method: "OPTIONS",
      headers: {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,apikey,content-type,x-client-info,x-region",
      },
    });
    assertEquals(await readText(response, 204), "");
    const { headers } = response;
    assertEquals(headers.get("access-control-allow-methods"), allowed);
    assertEquals(headers.get("access-control-allow-headers"), SUPABASE_HEADERS);
    assertMatch(headers.get("access-control-max-age") ?? "", /^\d+$/);
    assertEquals(headers.get("allow"), allowed);
  });

  await t.step("a request from another origin gets no permission in any answer", async () => {
    for (const origin of ["https://evil.example", `${ORIGIN}.evil.example`, "http://localhost:3001", "null", "*"]) {
      const headers = { origin };
      await readText(await call(name, { method: "OPTIONS", headers }), 204, { origin: null });
      await readError(await call(`${name}/sub`, { headers }), "not_found", { origin: null });
      await readError(await call(name, { method: "PUT", headers }), "method_not_allowed", { origin: null });
    }
  });

  await t.step("a path below the endpoint answers 404 to every method", async () => {
    for (const path of [`${name}/sub`, `${name}/sub/`, `${name}//`, `${name}/${name}`]) {
      for (const method of ["GET", "POST", "DELETE", "OPTIONS"]) {
        await readError(await call(path, { method }), "not_found");
      }
    }
  });

  await t.step("a trailing slash is the same path", async () => {
    const [, rest = ""] = path.split("?");
    const response = await call(`${name}/?${rest}`);
    assert(response.status !== 404 || (await response.clone().json()).error.code !== "not_found");
    await response.body?.cancel();
  });

  await t.step("another method answers 405 and names the allowed ones", async () => {
    for (const method of METHODS.filter((method) => !allowed.split(", ").includes(method))) {
      const response = await call(name, { method });
      if (method === "HEAD") await readText(response, 405);
      else await readError(response, "method_not_allowed");
      assertEquals(response.headers.get("allow"), allowed);
    }
  });

  await t.step("every answer has a new request id, which the caller cannot set", async () => {
    const headers = { "x-request-id": "11111111-1111-1111-1111-111111111111" };
    const ids = await Promise.all([1, 2, 3].map(async () => {
      const response = await call(path, { headers });
      await response.body?.cancel();
      return response.headers.get("x-request-id");
    }));
    assertEquals(new Set([...ids, headers["x-request-id"]]).size, 4);
  });

  await t.step("unknown query parameters answer 400 and are named", async () => {
    for (const method of methods) {
      const response = await call(`${name}?colour=red&__proto__=1&toString=2`, { method });
      assertEquals(await unknownOf(response), ["__proto__", "colour", "toString"]);
    }
    const [long] = await unknownOf(await call(`${name}?${"x".repeat(1_000)}=1`));
    assertEquals(long, "x".repeat(100));
  });

  await t.step("the region parameter of supabase-js is ignored", async () => {
    const joint = path.includes("?") ? "&" : "?";
    for (const method of methods) {
      const response = await call(`${path}${joint}forceFunctionRegion=eu-central-1`, { method });
      if (required.length > 0) assertEquals(await unknownOf(response), []);
      else await response.body?.cancel();
      assertEquals(response.status === 400, required.length > 0);
    }
  });

  if (methods.includes("GET")) {
    await t.step("a HEAD has the status and the headers of the GET, and no body", async () => {
      const calls: [string, CallOptions][] = [[path, {}], [`${name}?colour=red`, {}], [`${name}/sub`, {}]];
      if (token !== undefined) calls.push([path, { token: "garbage" }]);
      for (const [path, options] of calls) {
        const get = await call(path, { ...options, method: "GET" });
        const size = (await get.arrayBuffer()).byteLength;
        const head = await call(path, { ...options, method: "HEAD" });
        assertEquals([head.status, await head.text()], [get.status, ""], path);
        for (const header of ["content-type", "etag", "cache-control", "www-authenticate"]) {
          assertEquals(head.headers.get(header), get.headers.get(header), `${path}: ${header}`);
        }
        assertMatch(head.headers.get("vary") ?? "", /\bOrigin\b/);
        // A length must be that of the GET: https://www.rfc-editor.org/rfc/rfc9110#section-8.6
        assert([null, String(size)].includes(head.headers.get("content-length")), head.headers.get("content-length")!);
        assertEquals((await findLine(stack, head)).method, "HEAD");
      }
    });

    await t.step("the body of a GET is not read", async () => {
      const body = '{"colour":"red"}';
      const headers = token === undefined ? [] : [`authorization: Bearer ${token}`];
      const response = await sendRaw(
        `${stack.url}/functions/v1/${path}`,
        ["GET", "content-type: application/json", `content-length: ${body.length}`, ...headers],
        body,
      );
      const without = await call(path);
      await without.body?.cancel();
      assertEquals(response.status, without.status);
    });
  }

  if (methods.includes("POST")) {
    await t.step("unknown body fields answer 400 and are named", async () => {
      const response = await post('{"colour": "red", "__proto__": {"limit": 1}, "constructor": null}');
      assertEquals(await unknownOf(response), ["__proto__", "colour", "constructor"]);
    });

    await t.step("a body that is not a JSON object answers 400", async () => {
      for (const body of ["{", "{'limit': 1}", "[]", '[{"limit":1}]', "null", "1", '"text"', "true", "undefined"]) {
        assertEquals(await readProblems(await post(body)), [""], body);
      }
    });

    await t.step("a body of another media type answers 415", async () => {
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json", ""]) {
        await readError(await post("{}", { "content-type": type }), "unsupported_media_type");
      }
      const form = await fetch(`${stack.url}/functions/v1/${name}`, {
        method: "POST",
        headers: { origin: ORIGIN, ...token !== undefined && { authorization: `Bearer ${token}` } },
        body: new FormData(),
      });
      await readError(form, "unsupported_media_type");
    });

    await t.step("a JSON body is read with any media type parameter, and an empty body is ignored", async () => {
      for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/problem+json"]) {
        assertEquals(await unknownOf(await post('{"colour": 1}', { "content-type": type })), ["colour"]);
      }
      const empty = await post("", { "content-type": "text/plain" });
      if (required.length > 0) assertEquals((await readProblems(empty)).sort(), required.toSorted());
      else await empty.body?.cancel();
      assertEquals(empty.ok, required.length === 0);
    });

    await t.step("a body over 16 KB answers 413, with and without a content-length", async () => {
      for (const size of [16_385, 100_000, 1_000_000]) {
        const body = "x".repeat(size);
        await readError(await post(body), "payload_too_large");
        await readError(await stream(stack, name, body, token), "payload_too_large");
      }
      // Larger than what the sockets between caller and function hold.
      await Promise.all(Array.from({ length: 6 }, async (_, number) => {
        const body = "x".repeat(12_000_000);
        const response = number % 2 === 0 ? post(body) : stream(stack, name, body, token);
        await readError(await response, "payload_too_large");
      }));
      // The largest body that is read.
      assertEquals(await unknownOf(await post(`{"colour": "${"x".repeat(16_384 - 14)}"}`)), ["colour"]);
    });
  }

  await t.step("an answer that does not depend on the body arrives while the caller still sends", async () => {
    const body = "x".repeat(3_000_000);
    const send = (path: string, options: CallOptions) => call(path, { body, ...options });
    await Promise.all(Array.from({ length: 4 }, async () => {
      await readError(await send(`${name}/sub`, { method: "POST" }), "not_found");
      await readError(await send(name, { method: "PUT" }), "method_not_allowed");
      if (token === undefined || !methods.includes("POST")) return;
      await readError(await send(name, { method: "POST", token: "garbage" }), "unauthenticated");
    }));
  });

  await t.step("every request has one log line with the documented fields", async () => {
    const good = await call(path);
    await good.body?.cancel();
    const { time, ms, error, cause, ...line } = await findLine(stack, good);
    assertMatch(time as string, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assertEquals(typeof ms, "number");
    const request_id = good.headers.get("x-request-id");
    const expected = { level: "info", function: name, method, request_id, status: good.status, caller };
    assertEquals(line, expected);
    assertEquals([error, cause], good.ok ? [undefined, undefined] : [error as string, cause]);

    const bad = await call(`${name}?colour=red`);
    await bad.body?.cancel();
    const lines = await findLines(stack, bad);
    assertEquals(lines.length, 1);
    assertEquals([lines[0]?.status, lines[0]?.error, lines[0]?.caller], [400, "invalid_request", caller]);
  });

  await t.step("the log has no token, key, email or body", async () => {
    const secrets = ["Tr0ub4dor", "person@example.com"];
    const text = secrets.join(" ");
    const forged = `${btoa('{"alg":"RS256","kid":"Tr0ub4dor"}')}.${btoa(`{"email":"${text}"}`)}.Tr0ub4dor`;
    const calls: [string, CallOptions][] = [
      [`${name}?Tr0ub4dor=${text}`, {}],
      [`${name}/Tr0ub4dor`, {}],
      [name, { method: "POST", body: { Tr0ub4dor: text } }],
      [name, { method: "POST", body: text }],
      [name, { token: forged }],
      [name, { headers: { authorization: `Basic ${text}`, apikey: "Tr0ub4dor", cookie: text } }],
      [name, { headers: { "user-agent": text, "x-request-id": text, "x-forwarded-for": text } }],
    ];
    for (const [path, options] of calls) {
      const response = await call(path, options);
      await response.body?.cancel();
      await findLine(stack, response);
    }
    const logs = await stack.logs();
    const keys = [stack.secret_key, stack.publishable_key, stack.stripe_restricted_key, stack.clerk_secret_key];
    for (const secret of [...secrets, ...keys, ...token?.split(".") ?? [], btoa("Tr0ub4dor")]) {
      assertEquals(logs.includes(secret), false, `The log shows "${secret}"`);
    }
  });
}

/** Sends a body as a stream, without a content-length. */
function stream(stack: Stack, name: string, body: string, token?: string): Promise<Response> {
  return fetch(`${stack.url}/functions/v1/${name}`, {
    method: "POST",
    headers: {
      origin: ORIGIN,
      "content-type": "application/json",
      ...token !== undefined && { authorization: `Bearer ${token}` },
    },
    body: new Blob([body]).stream(),
  });
}
