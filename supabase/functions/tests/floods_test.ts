/** Floods of new tokens, queries and events: requests to Clerk and memory stay bounded. */
import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { readError } from "./answers.ts";
import { makeEvent, signatureOf } from "./events.ts";
import { forEach } from "../../../scripts/testbed/for_each.ts";
import { forge, newKeyPair } from "./forge.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";
import { whenAvailable } from "../../../scripts/testbed/when_available.ts";

const MEGABYTE = 1_048_576;
const CONCURRENCY = 20;

/** Runs `count` requests with bounded concurrency. */
const flood = (count: number, run: (n: number) => Promise<void>) => forEach(Array(count).keys(), CONCURRENCY, run);

/** A proxy in front of Clerk that counts requests for its keys and can answer in its place. */
function startClerkProxy() {
  const proxy = { service: "", requests: 0, broken: undefined as (() => Response) | undefined };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    proxy.requests++;
    return proxy.broken?.() ?? fetch(proxy.service + new URL(request.url).pathname, { headers: request.headers });
  });
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

const read = (stack: Stack, token: string) => stack.call("stripe-customer", { token });

Deno.test("Hundreds of tokens with unknown kids request Clerk's keys at most once per five seconds", async () => {
  await using proxy = startClerkProxy();
  await using stack = await startStack({ CLERK_API_URL: proxy.url });
  proxy.service = stack.clerk_url;
  const { sign } = await newKeyPair();
  const token = await stack.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });

  const began = performance.now();
  await flood(600, async (n) => {
    const forged = await forge(token, { header: { kid: `ins_invented_${n}` } }, sign);
    await readError(await read(stack, forged), "unauthenticated");
  });
  // Once for the first token, then once per five seconds, in case Clerk has a new key.
  assertLessOrEqual(proxy.requests, 2 + (performance.now() - began) / 5_000);
  await readError(await read(stack, token), "customer_not_found");
});

Deno.test("Hundreds of tokens while Clerk has no keys request them at most once per two seconds", async () => {
  const ways: (() => Response)[] = [
    () => new Response("Oops", { status: 500 }),
    () => new Response("Slow down", { status: 429, headers: { "retry-after": "1" } }),
    () => Response.json({ keys: null }),
  ];
  await Promise.all(ways.map(async (broken) => {
    await using proxy = startClerkProxy();
    await using stack = await startStack({ CLERK_API_URL: proxy.url });
    Object.assign(proxy, { service: stack.clerk_url, broken });
    const token = await stack.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });

    const began = performance.now();
    await flood(200, async (n) => {
      await readError(await read(stack, await forge(token, { claims: { n } })), "clerk_unavailable");
    });
    assertLessOrEqual(proxy.requests, 2 + (performance.now() - began) / 2_000);

    proxy.broken = undefined;
    await until(async () => {
      const response = await read(stack, token);
      await response.body?.cancel();
      return response.status === 404;
    }, "a token that is accepted once Clerk is back");
  }));
});

/** A heap so small that V8 collects often, and that unbounded memory ends the process. */
const smallHeap = (megabytes: number) => ({ DENO_V8_FLAGS: `--max-old-space-size=${megabytes}` });

/**
 * Checks that the second half of a flood does not grow the process.
 *
 * @param size Bytes that each request would leave if nothing bounded them.
 */
async function staysBounded(
  stack: Stack,
  name: string,
  { count, size }: { count: number; size: number },
  request: (url: string, n: number) => Promise<void>,
) {
  const [url, pid] = [await stack.address(name), await stack.pid(name)];
  const resident = async () => {
    const [, kilobytes] = (await Deno.readTextFile(`/proc/${pid}/status`)).match(/VmRSS:\s+(\d+) kB/) ?? [];
    return Number(kilobytes) * 1_024 / MEGABYTE;
  };
  const half = count / 2;
  const start = await resident();
  await flood(half, (n) => request(url, n));
  const middle = await resident();
  await flood(half, (n) => request(url, half + n));
  const end = await resident();
  assertEquals(await stack.pid(name), pid);
  console.log(
    `${name}: ${start.toFixed()} MB, ${middle.toFixed()} MB after ${half}, ${end.toFixed()} MB after ${count}`,
  );
  assertLess(end - middle, half * size / MEGABYTE / 2);
}

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test("stripe-customer, after a flood of forged tokens, has not grown", onLinux, async () => {
  await using stack = await startStack(smallHeap(48));
  const unsigned = await forge(await stack.sign(), { claims: { padding: "x".repeat(5_500) } });
  await staysBounded(stack, "stripe-customer", { count: 5_000, size: 8_000 }, async (url, n) => {
    const forged = unsigned + btoa(String(n).padStart(255));
    const response = await fetch(`${url}/stripe-customer`, { headers: { authorization: `Bearer ${forged}` } });
    await response.body?.cancel();
    assertEquals(response.status, 401);
  });
});

Deno.test("stripe-products, after a flood of valid tokens, keeps a bounded number in memory", onLinux, async () => {
  const { pem, sign } = await newKeyPair(1_024);
  await using stack = await startStack({ ...smallHeap(64), CLERK_JWT_KEY: pem, CATALOG_ACCESS: "public" });
  const token = await stack.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });
  const padding = "x".repeat(5_000);
  await staysBounded(stack, "stripe-products", { count: 5_000, size: 12_000 }, async (url, n) => {
    const another = await forge(token, { claims: { sid: `sess_${n}`, padding } }, sign);
    // The token is accepted, and the unknown parameter is refused.
    const response = await fetch(`${url}/stripe-products?n`, { headers: { authorization: `Bearer ${another}` } });
    await response.body?.cancel();
    assertEquals(response.status, 400);
  });
});

Deno.test("stripe-products, after a flood of list queries, keeps a bounded cache", onLinux, async () => {
  const env = { ...smallHeap(32), CATALOG_ACCESS: "public", CATALOG_REFRESH_SECONDS: "99999" };
  await using stack = await startStack(env, { seed: true });
  const [product] = (await (await stack.call("stripe-products?limit=1")).json()).data;
  assert(product);
  const { sql } = stack;
  const PRODUCTS = 3_000;
  await sql`
    insert into stripe_products (ticket, data)
    select ticket, data || jsonb_build_object('id', 'prod_' || n, 'created', n, 'description', repeat('x', 1000))
    from generate_series(1, ${PRODUCTS}::integer) as n, (select ticket, data from stripe_products limit 1) as product`;
  await staysBounded(stack, "stripe-products", { count: 600, size: 100_000 }, async (url, n) => {
    const page = `${url}/stripe-products?limit=25&starting_after=prod_${PRODUCTS - n}`;
    const response = await whenAvailable(() => fetch(page));
    assertEquals((await response.text()).split('"id":').length, 26);
  });
});

Deno.test("stripe-webhook, after a flood of forged, foreign and own events, has not grown", onLinux, async () => {
  await using stack = await startStack(smallHeap(48));
  const padding = "x".repeat(60_000);
  const kinds: [status: number, event: (n: number) => object][] = [
    [400, (n) => makeEvent("product.updated", { id: `prod_${n}`, padding })],
    [200, (n) => makeEvent(`tomorrow.${n}`, { id: `thing_${n}`, padding })],
    [200, (n) => makeEvent("product.updated", { id: "..", padding: padding + n })],
    [200, (n) => makeEvent("product.updated", { id: `prod_${n}`, padding }, { account: `acct_${n}` })],
    [200, (n) => makeEvent("product.updated", { id: `prod_${n % 50}`, padding })],
  ];
  await staysBounded(stack, "stripe-webhook", { count: 1_400, size: 60_000 }, async (url, n) => {
    const [status, event] = kinds[n % kinds.length]!;
    const body = JSON.stringify(event(n));
    const secret = status === 400 ? `whsec_guessed_${n}` : undefined;
    const headers = { "stripe-signature": await signatureOf(stack, body, { secret }) };
    const response = await whenAvailable(() => fetch(`${url}/stripe-webhook`, { method: "POST", headers, body }));
    await response.body?.cancel();
    assertEquals(response.status, status);
  });
});
