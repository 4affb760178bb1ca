/**
 * Thousands of requests that try to make a function fail. `PROOF_REQUESTS` sets how many, `PROOF_SEED` repeats a run.
 */
import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { ENDPOINTS } from "../_shared/contract/endpoints.ts";
import { readError, readText } from "./answers.ts";
import { signatureOf } from "./events.ts";
import { forge, newKeyPair, tamper } from "./forge.ts";
import { assertSafeAnswer, MARK } from "./hostile_answer.ts";
import { type HostileRequest, hostileRequest } from "./hostile_requests.ts";
import { readLog } from "./log_lines.ts";
import { sendRaw } from "./raw_request.ts";
import { assertNoSecrets } from "./secrets.ts";
import { startStack } from "./stack.ts";
import { until } from "./until.ts";

const REQUESTS = Number(Deno.env.get("PROOF_REQUESTS") ?? 2_000);
const SEED = Number(Deno.env.get("PROOF_SEED") ?? 1);

const FUNCTIONS = Object.keys(ENDPOINTS);

async function startTarget(env: Record<string, string>) {
  const stack = await startStack(env, { seed: true });
  const exp = Math.floor(Date.now() / 1_000) + 3_600;
  const user = await stack.sign({ exp });
  const { sign } = await newKeyPair();
  const bearers: Record<HostileRequest["bearer"], string | undefined> = {
    none: undefined,
    user,
    "other user": await stack.sign({ exp, sub: stack.users.grace }),
    expired: await stack.sign({ exp: exp - 7_200 }),
    forged: await forge(user, { claims: { sub: stack.users.grace } }, sign),
    tampered: await tamper(user, { sub: stack.users.grace }),
    "publishable key": stack.publishable_key,
    text: MARK,
  };
  const addresses = new Map<string, string>();
  await Promise.all(FUNCTIONS.map(async (name) => addresses.set(name, await stack.address(name))));
  // Fills the caches, so that the requests that follow are answered from them.
  for (const token of [user, bearers["other user"]]) {
    for (const name of ["stripe-products", "stripe-customer"]) {
      await (await stack.call(name, { method: "POST", token })).body?.cancel();
    }
  }

  async function headersOf(name: string, { headers, bearer, body }: HostileRequest) {
    if (bearer === "user" && name === "stripe-webhook") {
      const signature = await signatureOf(stack, body.toWellFormed());
      return [...headers, ["stripe-signature", signature]] as typeof headers;
    }
    const isScheduler = bearer === "user" && name === "stripe-reconcile";
    const token = isScheduler ? stack.reconcile_secret : bearers[bearer];
    return token === undefined ? headers : [...headers, ["authorization", `Bearer ${token}`]] as typeof headers;
  }

  return {
    ...stack,
    bearers,

    /** Sends any bytes over a connection. */
    async sendDirectly(name: string, request: HostileRequest): Promise<Response> {
      const body = Array.from(new TextEncoder().encode(request.body), (byte) => String.fromCharCode(byte)).join("");
      const headers = (await headersOf(name, request)).map(([name, value]) => `${name}: ${value}`);
      const head = [request.method, ...headers, `content-length: ${body.length}`];
      return await sendRaw(`${addresses.get(name)}/${name}${request.path}`, head, body);
    },

    /** Sends the request as a frontend does. @returns the answer and whether the path is the function's */
    async sendThroughGateway(name: string, request: HostileRequest) {
      const { method, path } = request;
      const url = new URL(`${stack.url}/functions/v1/${name}${path}`);
      const body = ["GET", "HEAD"].includes(method) ? undefined : request.body;
      const reaches = url.pathname.split("/")[3] === name;
      return { reaches, response: await fetch(url, { method, headers: await headersOf(name, request), body }) };
    },
  };
}

/** @returns the number of requests */
async function attack(env: Record<string, string>): Promise<number> {
  await using target = await startTarget(env);
  const ids = new Set<string>();
  let answered = 0;

  async function tryOne(name: string, directly: boolean, request: HostileRequest) {
    if (!directly) {
      const { reaches, response } = await target.sendThroughGateway(name, request);
      if (reaches) ids.add(await assertSafeAnswer(response, request));
      else assertNoSecrets(await response.text(), "The gateway");
    } else ids.add(await assertSafeAnswer(await target.sendDirectly(name, request), request));
    answered++;
  }

  const property = fc.asyncProperty(fc.constantFrom(...FUNCTIONS), fc.boolean(), hostileRequest, tryOne);
  await fc.assert(property, { numRuns: Math.ceil(REQUESTS / 2), seed: SEED });

  const lines = await until(async () => {
    const lines = (await readLog(target)).filter(({ request_id }) => ids.has(request_id as string));
    return lines.length >= ids.size && lines;
  }, `a log line for each of ${ids.size} requests`);
  assertEquals(lines.length, ids.size);
  assertEquals(lines.filter(({ level }) => level !== "info"), []);

  const sent = Object.values(target.bearers).flatMap((token) => token?.split(".").at(-1) ?? []);
  assertNoSecrets(await target.logs(), "The log", [MARK, ...sent]);
  return answered;
}

Deno.test("Functions, for any hostile request, answer within the contract and log no error", async () => {
  const attacks = await Promise.allSettled([attack({}), attack({ CATALOG_ACCESS: "public" })]);
  let count = 0;
  for (const result of attacks) {
    if (result.status === "rejected") throw result.reason;
    count += result.value;
  }
  console.log(`${count} requests tried, seed ${SEED}`);
});

Deno.test("The hostile requests get past the first checks", async () => {
  await using target = await startTarget({ CATALOG_ACCESS: "public" });
  const requests = fc.sample(hostileRequest, { numRuns: 400, seed: 1 });
  const expected: Record<string, number[]> = {
    "stripe-prices": [200, 204, 400, 401, 404, 405, 413, 415],
    "stripe-reconcile": [200, 204, 400, 401, 404, 405, 413, 415],
    "stripe-webhook": [204, 400, 404, 405], // no random request is an event: see hostile_events_test.ts
  };
  for (const [name, all] of Object.entries(expected)) {
    const missing = new Set(all);
    for (const request of requests) {
      if (missing.size === 0) break;
      missing.delete((await target.sendDirectly(name, request)).status);
    }
    assertEquals([...missing], [], `${name}: no request had these statuses`);
  }
});

Deno.test("Functions, for any hostile connection, answer without an error", async (t) => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });
  const url = `${await stack.address("stripe-products")}/stripe-products`;
  const readable = { origin: null };

  await t.step("an invalid host answers 200 or a client error", async () => {
    for (const host of ["", "[", "a b", "%%", "a:99999", "u:p@a", "é", "a, b"]) {
      await readText(await sendRaw(`${url}?limit=3`, ["GET", `host: ${host}`]), 200, readable);
    }
    for (const host of ["a#", "a?", "a/stripe-products?"]) {
      const { status } = await sendRaw(`${url}?limit=3`, ["GET", `host: ${host}`]);
      assertLess(status, 500, host);
    }
  });

  await t.step("an invalid method answers 405 or 404", async () => {
    for (const method of ["TRACE", "get", "post", "PRI", "M".repeat(5_000)]) {
      await readError(await sendRaw(url, [method, "content-length: 0"]), "method_not_allowed", readable);
    }
    await readError(await sendRaw(url, ["CONNECT", "content-length: 0"]), "not_found", readable);
    for (const { method = "" } of await readLog(stack)) assertLessOrEqual((method as string).length, 20);
  });

  await t.step("an invalid chunked body answers 400", async () => {
    const chunked = ["POST", "content-type: application/json", "transfer-encoding: chunked"];
    for (const body of ["zz\r\nhello\r\n", "1\r\n{\r\n-1\r\n", "2\r\n{}XX0\r\n\r\n"]) {
      await readError(await sendRaw(url, chunked, body), "invalid_request", readable);
    }
    await readText(await sendRaw(url, chunked, "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), 200, readable);
  });

  const failures = (await readLog(stack)).filter(({ level }) => level === "error");
  assert(failures.length === 0, JSON.stringify(failures));
});
