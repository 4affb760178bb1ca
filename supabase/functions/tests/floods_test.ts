/** Floods: what nobody has seen before, by the thousand, costs neither Clerk nor our memory more than the first of it. */
import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import { readError } from "./answers.ts";
import { makeEvent, signatureOf } from "./events.ts";
import { forge, newKeyPair } from "./forge.ts";
import { type Stack, startStack } from "./stack.ts";
import { until } from "./until.ts";

const MEGABYTE = 1_048_576;
const AT_ONCE = 20;

/** Runs so many, some at once. */
async function flood(count: number, run: (n: number) => Promise<void>): Promise<void> {
  const next = Array(count).keys();
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (const n of next) await run(n);
  }));
}

/** A way to Clerk that counts how often its keys are asked for, and how long it has done so. */
function openClerkDoor() {
  const door = { service: "", asked: 0, broken: undefined as (() => Response) | undefined };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    door.asked++;
    return door.broken?.() ?? fetch(door.service + new URL(request.url).pathname, { headers: request.headers });
  });
  return Object.assign(door, {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  });
}

const read = (stack: Stack, token: string) => stack.call("stripe-customer", { token });

Deno.test("Hundreds of invented kids make nobody ask Clerk more than once in a few seconds", async () => {
  await using door = openClerkDoor();
  await using stack = await startStack({ CLERK_API_URL: door.url });
  door.service = stack.clerk_url;
  const { sign } = await newKeyPair();
  const token = await stack.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });

  const began = performance.now();
  await flood(600, async (n) => {
    const forged = await forge(token, { header: { kid: `ins_invented_${n}` } }, sign);
    await readError(await read(stack, forged), "unauthenticated");
  });
  // Once for the first token, then once in five seconds, in case that Clerk has a new key.
  assertLessOrEqual(door.asked, 2 + (performance.now() - began) / 5_000);
  await readError(await read(stack, token), "customer_not_found");
});

Deno.test("While Clerk gives no keys, hundreds of tokens make nobody ask it more than once in a few seconds", async () => {
  const ways: (() => Response)[] = [
    () => new Response("Oops", { status: 500 }),
    () => new Response("Slow down", { status: 429, headers: { "retry-after": "1" } }),
    () => Response.json({ keys: null }),
  ];
  await Promise.all(ways.map(async (broken) => {
    await using door = openClerkDoor();
    await using stack = await startStack({ CLERK_API_URL: door.url });
    Object.assign(door, { service: stack.clerk_url, broken });
    const token = await stack.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });

    const began = performance.now();
    await flood(200, async (n) => {
      await readError(await read(stack, await forge(token, { claims: { n } })), "clerk_unavailable");
    });
    assertLessOrEqual(door.asked, 2 + (performance.now() - began) / 2_000);

    door.broken = undefined;
    await until(async () => {
      const response = await read(stack, token);
      await response.body?.cancel();
      return response.status === 404;
    }, "a token that is let in once Clerk is back");
  }));
});

/** So little that V8 clears up often, and that a memory without bounds ends the process. */
const smallHeap = (megabytes: number) => ({ DENO_V8_FLAGS: `--max-old-space-size=${megabytes}` });

/**
 * That a flood's second half leaves a function no larger than its first half did.
 *
 * @param size Bytes of what each request might leave behind if nothing bounded it.
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

Deno.test("A flood of forged tokens leaves nothing in memory", onLinux, async () => {
  await using stack = await startStack(smallHeap(48));
  const unsigned = await forge(await stack.sign(), { claims: { padding: "x".repeat(5_500) } });
  await staysBounded(stack, "stripe-customer", { count: 5_000, size: 8_000 }, async (url, n) => {
    const forged = unsigned + btoa(String(n).padStart(255));
    const response = await fetch(`${url}/stripe-customer`, { headers: { authorization: `Bearer ${forged}` } });
    await response.body?.cancel();
    assertEquals(response.status, 401);
  });
});

Deno.test("A flood of valid tokens leaves no more in memory than a thousand of them", onLinux, async () => {
  const { pem, sign } = await newKeyPair(1_024);
  await using stack = await startStack({ ...smallHeap(64), CLERK_JWT_KEY: pem, CATALOG_ACCESS: "public" });
  const token = await stack.sign({ exp: Math.floor(Date.now() / 1_000) + 3_600 });
  const padding = "x".repeat(5_000);
  await staysBounded(stack, "stripe-products", { count: 5_000, size: 12_000 }, async (url, n) => {
    const another = await forge(token, { claims: { sid: `sess_${n}`, padding } }, sign);
    // It is let in, and then refused for the parameter that there is not.
    const response = await fetch(`${url}/stripe-products?n`, { headers: { authorization: `Bearer ${another}` } });
    await response.body?.cancel();
    assertEquals(response.status, 400);
  });
});

Deno.test("A flood of list queries leaves no more in memory than what may be remembered", onLinux, async () => {
  const env = { ...smallHeap(48), CATALOG_ACCESS: "public", CATALOG_REFRESH_SECONDS: "99999" };
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
    const response = await fetch(`${url}/stripe-products?limit=25&starting_after=prod_${PRODUCTS - n}`);
    assertEquals((await response.text()).split('"id":').length, 26);
  });
});

Deno.test("A flood of events, forged, foreign and ours, leaves nothing in memory", onLinux, async () => {
  await using stack = await startStack(smallHeap(48));
  const padding = "x".repeat(30_000);
  const kinds: [status: number, event: (n: number) => object][] = [
    [400, (n) => makeEvent("product.updated", { id: `prod_${n}`, padding })],
    [200, (n) => makeEvent(`tomorrow.${n}`, { id: `thing_${n}`, padding })],
    [200, (n) => makeEvent("product.updated", { id: "..", padding: padding + n })],
    [200, (n) => makeEvent("product.updated", { id: `prod_${n}`, padding }, { account: `acct_${n}` })],
    [200, (n) => makeEvent("product.updated", { id: `prod_${n % 50}`, padding })],
  ];
  await staysBounded(stack, "stripe-webhook", { count: 2_800, size: 30_000 }, async (url, n) => {
    const [status, event] = kinds[n % kinds.length]!;
    const body = JSON.stringify(event(n));
    const secret = status === 400 ? `whsec_guessed_${n}` : undefined;
    const headers = { "stripe-signature": await signatureOf(stack, body, { secret }) };
    const response = await fetch(`${url}/stripe-webhook`, { method: "POST", headers, body });
    await response.body?.cancel();
    assertEquals(response.status, status);
  });
});
