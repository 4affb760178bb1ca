/**
 * Thousands of requests that want to see a function fail. `PROOF_REQUESTS` says how many, `PROOF_SEED` repeats a run.
 */
import { assert, assertEquals, assertLess, assertNotMatch } from "@std/assert";
import fc from "fast-check";
import { ErrorBody, STATUS } from "../_shared/contract/errors.ts";
import { readError, readText } from "./answers.ts";
import { forge, newKeyPair, tamper } from "./forge.ts";
import { type HostileRequest, hostileRequest, MARK } from "./hostile_requests.ts";
import { readLog } from "./log_lines.ts";
import { sendRaw } from "./raw_request.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const REQUESTS = Number(Deno.env.get("PROOF_REQUESTS") ?? 2_000);
const SEED = Number(Deno.env.get("PROOF_SEED") ?? crypto.getRandomValues(new Uint32Array(1))[0]! >> 1);

const ALLOWED = ["http://localhost:3000", "http://localhost:5173"];

/** The words of those behind the functions, and of the engine. */
const UPSTREAM =
  /postgres|pgrst|sqlstate|relation|column|syntax|constraint|stripe\.com|resource_missing|clerk_|jwk|\.ts\b|file:|node_modules|TypeError|Unexpected|undefined|\[object/i;

const functions = [...Deno.readDirSync(new URL("..", import.meta.url))]
  .filter(({ name, isDirectory }) => isDirectory && name !== "_shared" && name !== "tests")
  .map(({ name }) => name)
  .sort();

/** What every answer owes, whoever asks for whatever. @returns Its request id */
async function hold(response: Response, request: HostileRequest): Promise<string> {
  const { status, headers } = response;
  assertLess(status, 500, `It is ${status}: ${await response.clone().text()}`);
  const origins = request.headers.filter(([name]) => name === "origin").map(([, value]) => value).join(", ");
  const expected = { origin: ALLOWED.includes(origins) ? origins : null };
  if (status < 400 || request.method === "HEAD") await readText(response, status, expected);
  else {
    const text = await response.clone().text();
    const { error } = JSON.parse(text) as ErrorBody;
    assertEquals(STATUS[error.code], status);
    await readError(response, error.code, expected);
    assertEquals(text.includes(MARK), false, `It repeats what it was sent: ${text}`);
    // A field bears the caller's own name.
    for (const { message } of [error, ...error.details ?? []]) assertNotMatch(message, UPSTREAM);
  }
  return headers.get("x-request-id")!;
}

async function bearers(stack: Stack): Promise<Record<HostileRequest["bearer"], string | undefined>> {
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const user = await stack.sign({ exp });
  const { sign } = await newKeyPair();
  return {
    nothing: undefined,
    user,
    stranger: await stack.sign({ exp, sub: stack.users.grace }),
    expired: await stack.sign({ exp: exp - 7_200 }),
    forged: await forge(user, { claims: { sub: stack.users.grace } }, sign),
    tampered: await tamper(user, { sub: stack.users.grace }),
    "publishable key": stack.publishable_key,
    word: MARK,
  };
}

/** Goes through the gateway as what `fetch` can say, and directly as what a connection can. */
function createSender(stack: Stack, addresses: Map<string, string>, tokens: Awaited<ReturnType<typeof bearers>>) {
  return (name: string, directly: boolean, { method, path, headers, bearer, body }: HostileRequest) => {
    const token = tokens[bearer];
    const all = [...headers, ...token === undefined ? [] : [["authorization", `Bearer ${token}`]]] as [
      string,
      string,
    ][];
    if (directly) {
      const bytes = Array.from(new TextEncoder().encode(body), (byte) => String.fromCharCode(byte)).join("");
      const lines = [...all, ["content-length", bytes.length]].map(([name, value]) => `${name}: ${value}`);
      return sendRaw(`${addresses.get(name)}/${name}${path}`, [method, ...lines], bytes);
    }
    const bodiless = ["GET", "HEAD"].includes(method);
    const url = `${stack.url}/functions/v1/${name}${path}`;
    return fetch(url, { method, headers: all, body: bodiless ? undefined : body });
  };
}

async function attack(env: Record<string, string>) {
  await using stack = await startStack(env, { seed: true });
  const addresses = new Map(
    await Promise.all(functions.map(async (name) => [name, await stack.address(name)] as const)),
  );
  const tokens = await bearers(stack);
  // From here on everything is answered from what is known.
  for (const token of [tokens.user, tokens.stranger]) {
    for (const name of ["stripe-products", "stripe-customer"]) {
      await (await stack.call(name, { method: "POST", token })).body?.cancel();
    }
  }

  const send = createSender(stack, addresses, tokens);
  const ids: string[] = [];
  const property = fc.asyncProperty(
    fc.constantFrom(...functions),
    fc.boolean(),
    hostileRequest,
    async (name, directly, request) => void ids.push(await hold(await send(name, directly, request), request)),
  );
  await fc.assert(property, { numRuns: Math.ceil(REQUESTS / 2), seed: SEED });

  const known = new Set(ids);
  const lines = await until(async () => {
    const lines = (await readLog(stack)).filter(({ request_id }) => known.has(request_id as string));
    return lines.length >= ids.length && lines;
  }, `a log line for each of ${ids.length} requests`);
  assertEquals([lines.length, known.size], [ids.length, ids.length]);
  assertEquals(lines.filter(({ level }) => level !== "info"), []);
  return ids.length;
}

Deno.test("No request makes a function fail, or say more than the contract does", async () => {
  const attacks = await Promise.allSettled([attack({}), attack({ CATALOG_ACCESS: "public" })]);
  let tried = 0;
  for (const result of attacks) {
    if (result.status === "rejected") throw result.reason;
    tried += result.value;
  }
  console.log(`${tried} requests tried, seed ${SEED}`);
});

Deno.test("No connection makes a function fail", async (t) => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });
  const url = `${await stack.address("stripe-products")}/stripe-products`;
  const readable = { origin: null };

  await t.step("whatever it says that the host is", async () => {
    for (const host of ["", "[", "a b", "%%", "a:99999", "u:p@a", "é", "a, b", "a#", "a?"]) {
      const response = await sendRaw(`${url}?limit=3`, ["GET", `host: ${host}`]);
      if (/[?#]/.test(host)) assertLess(response.status, 500, host);
      else await readText(response, 200, readable);
    }
  });

  await t.step("whatever it says that the method is", async () => {
    for (const method of ["TRACE", "CONNECT", "get", "post", "PRI", "M".repeat(5_000)]) {
      const response = await sendRaw(url, [method, "content-length: 0"]);
      await readError(response, method === "CONNECT" ? "not_found" : "method_not_allowed", readable);
    }
    for (const { method } of await readLog(stack)) assert(String(method ?? "").length <= 20);
  });

  await t.step("whatever its body turns out to be", async () => {
    const chunked = ["POST", "content-type: application/json", "transfer-encoding: chunked"];
    await readError(await sendRaw(url, chunked, "zz\r\nhello\r\n"), "invalid_request", readable);
    await readError(await sendRaw(url, chunked, "1\r\n{\r\n-1\r\n"), "invalid_request", readable);
    await readText(await sendRaw(url, chunked, "2\r\n{}\r\n0\r\n\r\n"), 200, readable);
  });

  assertEquals((await readLog(stack)).filter(({ level }) => level === "error"), []);
});

Deno.test("The hostile requests reach what is behind the first check", async () => {
  const statuses = new Map<number, number>();
  await using stack = await startStack({ CATALOG_ACCESS: "public" }, { seed: true });
  const addresses = new Map(
    await Promise.all(functions.map(async (name) => [name, await stack.address(name)] as const)),
  );
  const send = createSender(stack, addresses, await bearers(stack));
  for (const request of fc.sample(hostileRequest, { numRuns: 600, seed: 1 })) {
    const { status } = await send("stripe-prices", true, request);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  for (const status of [200, 204, 400, 401, 404, 405, 413, 415]) assert(statuses.has(status), `None was a ${status}`);
});
