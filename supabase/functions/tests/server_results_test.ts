/** Every SQL function that the server calls returns the same through the Data API and through DATABASE_URL. */
import { assert, assertEquals } from "@std/assert";
import { throughDataApi } from "../_shared/database/data_api.ts";
import type { Database } from "../_shared/database/database.types.ts";
import { throughDriver } from "../_shared/database/driver.ts";
import { json } from "../_shared/database/json.ts";
import type { Call } from "../_shared/database/call.ts";
import type { ServerSettings } from "../_shared/connection_string.ts";
import { AppError } from "../_shared/errors.ts";
import { type Stack, startStack } from "./stack.ts";

type Functions = Database["public"]["Functions"];
/** The functions with the argument `stripe_key`; those without arguments are for policies. */
type Called = {
  [Name in keyof Functions]: string extends keyof Functions[Name]["Args"] ? never
    : "stripe_key" extends keyof Functions[Name]["Args"] ? Name
    : never;
}[keyof Functions];
type Arguments = Record<string, unknown>;

const ACCOUNT = "acct_1LocalStripe00000";
const OWNER = "user_results";
const created = 1_700_000_000;

const customer = (metadata = {}) => ({
  id: "cus_1",
  object: "customer",
  created,
  email: 'a"b\\c@example.com',
  name: "Zoë \u0000 \\u0000 \ud83d \\ud83d 👩 {1,2}",
  livemode: false,
  metadata,
});
const product = { id: "prod_1", object: "product", created, active: true, name: "A", metadata: {}, livemode: false };
const price = {
  id: "price_1",
  object: "price",
  created,
  active: true,
  currency: "eur",
  product: "prod_1",
  type: "one_time",
  unit_amount: 1_000,
  unit_amount_decimal: "1000",
  billing_scheme: "per_unit",
  lookup_key: 'a "key", {x}',
  metadata: {},
  livemode: false,
};
const event = { type: "product.updated", object: "product", object_id: "prod_1", created };

/** In the order of the calls, some of them with several arguments. A new function of the server belongs into this list. */
const CALLS: Record<Called, Arguments[]> = {
  confirm_account: [{ stripe_account: ACCOUNT }, { stripe_account: "acct_other" }],
  draw_ticket: [{}, {}],
  record_objects: [
    { ticket: 1, objects: json([product, price, customer({ clerk_user_id: OWNER })]), reads: { event: 2, drift: 1 } },
    { ticket: 99, objects: json([product]) },
    { ticket: 1, objects: json([]) },
  ],
  record_fetches: [
    {
      fetches: json([{ ticket: 1, objects: [product, customer()] }, { ticket: 2, objects: [product] }]),
      reads: { event: 1 },
    },
    { fetches: json([{ ticket: 99, objects: [product] }]), reads: undefined },
    { fetches: json([]) },
  ],
  record_and_claim: [
    {
      fetches: json([{ ticket: 1, objects: [product] }]),
      events: json([{ id: "evt_6", ...event }]),
      reads: { event: 1 },
    },
    { fetches: json([]), events: json([]) },
  ],
  record_reads: [{ reads: { poll: 3 } }],
  read_catalog_version: [{}],
  claim_catalog_fill: [{}, {}],
  record_catalog_page: [
    { run_id: 1, objects: json([product]), kind: "price", cursor: null },
    { run_id: 99, objects: json([]), kind: "price", cursor: "price_1" },
  ],
  list_unlisted_catalog: [{ run_id: 1, batch_size: 10 }],
  complete_catalog_fill: [{ run_id: 1, refresh_seconds: 60 }],
  fail_catalog_fill: [{ run_id: 1, retry_after: 5 }],
  list_products: [{ page_size: 10, active: true }, { page_size: 1, starting_after: "prod_unknown" }],
  list_prices: [
    { page_size: 10, lookup_keys: ['a "key", {x}', "b\\,c"], expand: ["product"] },
    { page_size: 10, lookup_keys: [] },
    { page_size: 10, type: "recurring", recurring_interval: undefined },
  ],
  claim_customer: [{ owner_id: OWNER }, { owner_id: OWNER }, { owner_id: "" }],
  renew_customer: [{ owner_id: OWNER, generation: 1 }],
  record_lookup: [{ owner_id: OWNER, generation: 1, created_to: created }],
  complete_customer: [{ owner_id: OWNER, generation: 1, ticket: 2, customer: json(customer()) }],
  fail_customer: [{ owner_id: OWNER, generation: 1 }],
  find_customer: [{ owner_id: OWNER }, { owner_id: "user_unknown" }],
  find_clerk_owner: [{ owner_id: OWNER }],
  begin_checkout: [{ owner_id: OWNER, price: "price_1", slot_by: "customer" }],
  hand_out_checkout: [{
    ...{ owner_id: OWNER, attempt: 1, slot: "default", session: "cs_1", trial: false, reads: undefined },
  }],
  find_slots: [{ products: ["prod_1", 'a "b", \\'], slot_by: "product" }, { products: [], slot_by: "product" }],
  find_plan_change: [{ product: "prod_1", from_price: "price_1", to_price: "price_1", slot_by: "product" }],
  find_own_object: [{ owner_id: OWNER, object: "customer", object_id: "cus_1" }],
  list_invoices: [{ owner_id: OWNER, page_size: 10 }, { owner_id: OWNER, page_size: 10, starting_after: "in_unknown" }],
  claim_sync: [{ owner_id: OWNER, session_id: undefined }, { owner_id: OWNER, session_id: "cs_1" }],
  read_subscription: [{ owner_id: OWNER, slot_by: "customer", grace_days: 14, effective_features: false }],
  claim_events: [
    { events: json([{ id: "evt_1", ...event }, { id: "evt_1", ...event }, { id: "evt_2", ...event, may_wait: true }]) },
    { events: json([{ id: "evt_3", ...event, api_version: "2024-01-01", account: "acct_other" }]) },
    { events: json([{ id: "evt_4", ...event, object: "unknown" }, { id: "evt_5" }]) },
    { events: json([]) },
  ],
  claim_waiting: [{ object: "product", object_id: "prod_1" }, { object: "product", object_id: "prod_none" }],
  claim_due_page: [{ kinds: ["product", "price"] }, { kinds: [] }],
  claim_due_objects: [{ batch_size: 10 }],
  finish_sync: [{ ticket: 3, object: "user", object_id: OWNER }],
  fail_sync: [{ ticket: 3, object_id: "prod_1", failure: "passing", reason: "timeout", retry_after: 7 }],
  claim_reconcile: [{ grace_days: 14, effective_features: true }, {}],
  record_events_page: [
    { run_id: 2, events: json([{ id: "evt_9", ...event, api_version: null }]) },
    { run_id: 99, events: json([]), cursor: "evt_9" },
  ],
  claim_drift_page: [{ run_id: 2, walks: json([{ kind: "product", scope: "all" }]) }],
  record_drift_page: [{
    ...{ run_id: 2, kind: "product", scope: "all", ticket: 4, objects: json([product]), cut: [], unstable: ["name"] },
    ...{ cut_field: undefined, oldest: created, cursor: undefined },
  }],
  stop_drift_walk: [{ run_id: 2, kind: "product", scope: "all", restart: true }],
  detect_drift: [{ ticket: 4, objects: json([{ ...product, name: "B" }]), unstable: ["name", 'a"b'] }],
  prune_ledger: [{}],
  release_reconcile: [{ run_id: 2, poll_after: 5 }],
  claim_backfill: [{ restart: true }, { restart: false }],
  record_backfill_page: [
    { run_id: 3, range_id: 1, objects: json([product]), cursor: undefined, split_at: created },
    { run_id: 99, range_id: 1, objects: json([]) },
  ],
  list_subscribers_after: [{ batch_size: 10 }, { after: "cus_0", batch_size: 10 }],
  list_featured_products_after: [{ batch_size: 10 }],
  release_backfill: [{ run_id: 3 }],
  claim_duplicates: [{ slot_by: "customer" }],
  forget_session: [{ owner_id: OWNER, slot: "default", session: "cs_1" }],
  enter_duplicates: [{ owner_id: OWNER, slot: "default", kept: "sub_1", subscriptions: ["sub_2"], flagged: true }],
  finish_duplicate: [{ subscription: "sub_2", step: "flagged" }],
  claim_departures: [{}],
  claim_stale_payers: [{}],
  record_payers: [{ checked: [OWNER], missing: [] }],
  close_checkouts: [{ owner_id: OWNER }],
};

/** The result, or the error that the caller gets and its reason. */
async function outcomeOf(result: Promise<unknown>): Promise<unknown> {
  try {
    return withoutTimes(await result);
  } catch (error) {
    assert(error instanceof AppError, String(error));
    const reason = error.cause instanceof AppError ? error.cause.message : undefined;
    return { error: error.code, reason };
  }
}

/** What two databases do not have in common. */
const withoutTimes = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null), (_, part) => {
    if (typeof part === "number" && part > 1_750_000_000) return "a time";
    return typeof part === "string" && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(part) ? "a uuid" : part;
  });

const settingsOf = ({ server_url }: Stack): ServerSettings => {
  const { hostname, port, username, password, pathname } = new URL(server_url);
  return {
    ...{ host: hostname, port: Number(port), user: username, password, database: pathname.slice(1) },
    ...{ tls: false, rootCertificate: undefined },
  };
};

// A pool keeps its connections for the next call.
const options = { sanitizeResources: false, sanitizeOps: false };

Deno.test("Each SQL function of the server returns the same through both transports", options, async (t) => {
  await using one = await startStack();
  await using other = await startStack();
  const dataApi = throughDataApi({ url: one.url, secretKey: one.secret_key });
  const driver = throughDriver(settingsOf(other));

  await t.step("the list has every function that service_role may execute with a Stripe key", async () => {
    const rows = await one.sql`
      select proname as name from pg_proc
      where pronamespace = 'public'::regnamespace and 'stripe_key' = any(proargnames)
        and has_function_privilege('service_role', oid, 'execute')`;
    assertEquals(rows.map(({ name }) => name).sort(), Object.keys(CALLS).sort());
  });

  /** @returns Whether it succeeds */
  const compare = async (name: string, args: Arguments): Promise<boolean> => {
    const call = (transport: Call) => outcomeOf(transport(name, { ...args, stripe_key: "test_1" }));
    const expected = await call(dataApi);
    assertEquals(await call(driver), expected, `${name} ${JSON.stringify(args)}`);
    return !(expected instanceof Object && "error" in expected);
  };
  await t.step("a key that is not confirmed", async () => assertEquals(await compare("draw_ticket", {}), false));
  for (const [name, calls] of Object.entries(CALLS)) {
    await t.step(name, async () => {
      let succeeded = false;
      for (const args of calls) succeeded = await compare(name, args) || succeeded;
      assert(succeeded);
    });
  }
  await t.step("a function that does not exist", async () => void await compare("no_such_function", {}));
  await t.step(
    "an argument that does not exist",
    async () => void await compare("draw_ticket", { no_such_argument: 1 }),
  );
});

Deno.test("The driver tells what failed: the login, the database or the connection", options, async () => {
  await using stack = await startStack();
  const settings = settingsOf(stack);
  const outcome = (changed: Partial<ServerSettings>) =>
    outcomeOf(
      (async () => await throughDriver({ ...settings, ...changed })("draw_ticket", { stripe_key: "test_1" }))(),
    );
  const refused = {
    error: "not_configured",
    reason: "The database refuses the access: check SUPABASE_SECRET_KEYS or DATABASE_URL",
  };
  assertEquals(await outcome({ password: "wrong" }), refused);
  assertEquals(await outcome({ database: "no_such_database" }), refused);
  assertEquals(await outcome({ user: "authenticator", password: "authenticator" }), refused);
  assertEquals(await outcome({ port: 1 }), { error: "database_unavailable", reason: undefined });
  assertEquals(await outcome({ rootCertificate: "/no/such/file", tls: true }), {
    error: "not_configured",
    reason: "The file of sslrootcert in DATABASE_URL cannot be read",
  });
});

Deno.test("A pooler that does not know a prepared statement costs no call", options, async () => {
  await using stack = await startStack();
  await stack.confirmTestKey();
  // What a connection looks like that a pooler gives to another client meanwhile.
  await stack.sql.unsafe(`
    create function forget_statements(stripe_key text) returns void language plpgsql as
      $$ begin execute 'deallocate all'; end $$;
    grant execute on function forget_statements to service_role`);
  const driver = throughDriver(settingsOf(stack));
  const drawn: unknown[] = [];
  for (let n = 0; n < 4; n++) {
    drawn.push(await driver("draw_ticket", { stripe_key: "test_1" }));
    await driver("forget_statements", { stripe_key: "test_1" });
  }
  const first = Number(drawn[0]);
  assertEquals(drawn, [first, first + 1, first + 2, first + 3]);
});

Deno.test(
  "A migration that changes the type of an argument costs the connections that know the old one no call",
  options,
  async () => {
    await using stack = await startStack();
    const change = (type: string) =>
      stack.sql.unsafe(`
      drop function if exists repeat_value;
      create function repeat_value(value ${type}) returns ${type} language sql as 'select value';
      grant execute on function repeat_value to service_role`);
    const driver = throughDriver(settingsOf(stack));
    const repeated: unknown[] = [];
    for (const type of ["text", "bigint", "text"]) {
      await change(type);
      repeated.push(await driver("repeat_value", { value: "5" }), await driver("repeat_value", { value: "6" }));
    }
    assertEquals(repeated, ["5", "6", 5, 6, "5", "6"]);
  },
);
