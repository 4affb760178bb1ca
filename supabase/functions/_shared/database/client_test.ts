import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { stripeKeyOf } from "../contract/stripe_key.ts";
import { AppError } from "../errors.ts";
import { keyHeaders } from "./data_api.ts";

Deno.test("A new secret key is sent as apikey alone, a legacy key as bearer too", () => {
  assertEquals(keyHeaders("sb_secret_1"), { apikey: "sb_secret_1" });
  const legacy = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";
  assertEquals(keyHeaders(legacy), { apikey: legacy, authorization: `Bearer ${legacy}` });
});

const received: { url: string; headers: Headers }[] = [];
/** The account's keys, as the database keeps them. */
const confirmed = new Set<string>();
let refusal: { code: string; message: string } | undefined;

/** A Data API whose database belongs to acct_1. */
const dataApi = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
  received.push({ url: request.url, headers: new Headers(request.headers) });
  const { stripe_key, stripe_account } = await request.json();
  if (request.url.endsWith("/rpc/confirm_account")) {
    if (stripe_account !== "acct_1") {
      return Response.json({ code: "55000", message: "another account" }, { status: 500 });
    }
    confirmed.add(stripe_key);
    return new Response(null, { status: 204 });
  }
  if (refusal !== undefined) return Response.json(refusal, { status: 500 });
  return confirmed.has(stripe_key)
    ? Response.json(7)
    : Response.json({ code: "KEY01", message: "Unknown Stripe key" }, { status: 400 });
});
dataApi.unref();
Deno.env.set("SUPABASE_URL", `http://127.0.0.1:${dataApi.addr.port}`);
Deno.env.set("SUPABASE_SECRET_KEYS", '{"default":"sb_secret_1"}');
Deno.env.set("STRIPE_SECRET_KEY", "sk_test_1");

let isolates = 0;

/** The module as a new isolate has it, with a Stripe that gives these answers about the account. */
async function newIsolate(...accounts: (string | Error)[]) {
  const { confirmKeyWith, rpc } = await import(`./client.ts?${isolates++}`) as typeof import("./client.ts");
  const reads: unknown[] = [];
  confirmKeyWith(async () => {
    const account = await Promise.resolve(accounts[reads.length]);
    reads.push(account);
    if (typeof account !== "string") throw account;
    return account;
  });
  received.length = 0;
  return { rpc, reads, called: () => received.map(({ url }) => url.split("/rpc/")[1]) };
}

Deno.test("A call names the schema public, sends the key as the platform takes it, and the hash of Stripe's key", async () => {
  const { rpc } = await newIsolate("acct_1");
  assertEquals(await rpc("draw_ticket", {}), 7);
  const [{ headers }] = received as [typeof received[number]];
  assertEquals(headers.get("content-profile"), "public");
  assertEquals(headers.get("apikey"), "sb_secret_1");
  assertEquals(headers.get("authorization"), null);
  assertEquals([...confirmed], [await stripeKeyOf("sk_test_1")]);
  assertMatch([...confirmed][0]!, /^test_[0-9a-f]{16}$/);
});

Deno.test("Concurrent calls with a key that the database does not know read the account once, and are repeated", async () => {
  confirmed.clear();
  const { rpc, reads, called } = await newIsolate("acct_1");
  assertEquals(await Promise.all(Array.from({ length: 20 }, () => rpc("draw_ticket", {}))), Array(20).fill(7));
  assertEquals(reads, ["acct_1"]);
  assertEquals(called().filter((name) => name === "confirm_account").length, 1);

  received.length = 0;
  await rpc("draw_ticket", {});
  assertEquals(called(), ["draw_ticket"]);
});

Deno.test("Another isolate with a confirmed key reads no account", async () => {
  const { rpc, reads, called } = await newIsolate();
  await rpc("draw_ticket", {});
  assertEquals([reads, called()], [[], ["draw_ticket"]]);
});

Deno.test("Trap 22: a switch to another account refuses an isolate's key from the next call on, at one read of its account", async () => {
  const { rpc, reads } = await newIsolate("acct_2");
  assertEquals(await rpc("draw_ticket", {}), 7);
  confirmed.clear();
  for (let calls = 0; calls < 3; calls++) {
    const { code } = await assertRejects(() => rpc("draw_ticket", {}), AppError);
    assertEquals(code, "not_configured");
  }
  assertEquals(reads, ["acct_2"]);
});

Deno.test("While Stripe does not name the account the call fails as Stripe does, and the next call asks again", async () => {
  confirmed.clear();
  const { rpc, called } = await newIsolate(AppError.stripeUnavailable(new Error()), "acct_1");
  const { code } = await assertRejects(() => rpc("draw_ticket", {}), AppError);
  assertEquals([code, called()], ["stripe_unavailable", ["draw_ticket"]]);
  assertEquals(await rpc("draw_ticket", {}), 7);
});

Deno.test("A key of the other mode is refused without a read of its account", async () => {
  refusal = { code: "55000", message: "This database belongs to Stripe's live mode" };
  const { rpc, reads } = await newIsolate("acct_1");
  const { code } = await assertRejects(() => rpc("draw_ticket", {}), AppError);
  assertEquals([code, reads], ["not_configured", []]);
});
