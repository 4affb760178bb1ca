/** What a caller with the public key and a session may do at the Data API directly. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { PricePage } from "../_shared/contract/prices.ts";
import { readAnswer } from "./answers.ts";
import { type Stack, startStack } from "./stack.ts";

/** A token, or none for a visitor; the server's key, or the public key. */
interface Caller {
  token?: string;
  key?: string;
}

/** What may be read without the server's key. Nothing else is permitted. */
const READABLE: Record<string, "own rows" | "all rows"> = {
  stripe_customer_mapping: "own rows",
  stripe_customers: "own rows",
  stripe_subscriptions: "own rows",
  stripe_subscription_items: "own rows",
  stripe_subscription_access: "own rows",
  stripe_invoices: "own rows",
  stripe_entitlements: "own rows",
  stripe_effective_entitlements: "own rows",
  stripe_checkout_sessions: "own rows",
  stripe_payment_intents: "own rows",
  stripe_purchases: "own rows",
  stripe_product_features: "own rows",
  stripe_changes: "own rows",
  stripe_access_policy: "all rows",
  stripe_products: "all rows",
  stripe_prices: "all rows",
};

/** Those without the columns of a mirror table. */
const OTHER_COLUMNS = [
  "stripe_customer_mapping",
  "stripe_subscription_items",
  "stripe_subscription_access",
  "stripe_effective_entitlements",
  "stripe_purchases",
  "stripe_changes",
];

/** Functions for policies, which answer only the caller's own identity and entitlements. */
const CALLABLE = [
  "clerk_user_id",
  "clerk_organization_id",
  "clerk_organization_role",
  "stripe_customer_id",
  "stripe_organization_customer_id",
  "has_entitlement",
  "has_purchased",
];

async function ask(
  stack: Stack,
  { token, key = stack.publishable_key }: Caller,
  path: string,
  options: RequestInit = {},
) {
  const response = await fetch(`${stack.url}/rest/v1/${path}`, {
    ...options,
    headers: {
      apikey: key,
      "content-type": "application/json",
      ...token !== undefined && { authorization: `Bearer ${token}` },
      ...options.headers,
    },
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** Writes to a table, with a column that exists, so that only the permission can refuse them. */
const writes = (column: string): [what: string, query: string, RequestInit][] => {
  const body = JSON.stringify({ [column]: null });
  const merge = { prefer: "resolution=merge-duplicates" };
  return [
    ["insert", "", { method: "POST", body }],
    ["upsert", "", { method: "POST", body, headers: merge }],
    ["update", `?${column}=not.is.null`, { method: "PATCH", body }],
    ["delete", `?${column}=not.is.null`, { method: "DELETE" }],
  ];
};

/** An argument of this type. */
function argument(type: string): unknown {
  const values: Record<string, unknown> = {
    text: "user_a",
    boolean: false,
    integer: 1,
    bigint: 1,
    jsonb: [],
    "text[]": [],
  };
  assert(type in values, `Add an argument of type ${type}`);
  return values[type];
}

Deno.test("The Data API", async (t) => {
  await using stack = await startStack();
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const signIn = (claims = {}) => stack.sign({ exp, ...claims });
  const owner = { token: await signIn() };
  const otherUser = { token: await signIn({ sub: "user_stranger" }) };
  const pending = { token: await signIn({ sts: "pending" }) };
  const roleless = { token: await signIn({ role: undefined }) };
  const visitor = {};
  const server = { key: stack.secret_key };

  const { id: product } = await stack.stripe.products.create({ name: "Pro" });
  await stack.stripe.prices.create({ product, currency: "usd", unit_amount: 100 });
  await readAnswer(await stack.call("stripe-prices", owner), 200, PricePage);
  const made = await stack.call("stripe-customer", { method: "POST", ...owner });
  const { customer_id } = await readAnswer(made, 201, Customer);

  await stack.confirmTestKey();
  const [deployment] = await stack.sql`select id as deployment_id from billing.deployment`;
  const metadata = { ...deployment, owner: stack.users.ada };
  const items = { data: [{ id: "si_1", price: { product } }] };
  const lines = { data: [{ price: { product } }] };
  const bought = [
    { id: "sub_1", object: "subscription", customer: customer_id, status: "active", items },
    {
      id: "cs_1",
      object: "checkout.session",
      mode: "payment",
      status: "complete",
      payment_intent: "pi_1",
      metadata,
      lines,
    },
    { id: "pi_1", object: "payment_intent", status: "succeeded", metadata },
    { id: product, object: "product_features", features: { data: [] } },
    { id: "in_1", object: "invoice", customer: customer_id },
    {
      id: customer_id,
      object: "entitlements.active_entitlement_summary",
      entitlements: { data: [{ lookup_key: "reports" }] },
    },
  ];
  await stack.sql`select billing.set_access_policy(14, false)`;
  await stack.sql`insert into stripe_changes (customer) values (${customer_id})`;
  await stack.sql`select record_objects(draw_ticket('test_1'), ${stack.sql.json(bought)}, 'test_1')`;

  const tables = await stack.sql<{ name: string; kind: string; column: string }[]>`
    select relname as name, case relkind when 'v' then 'view' else 'table' end as kind, attname as column
    from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and attgenerated = ''
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f')
      and attnum = (select min(attnum) from pg_attribute as own where own.attrelid = pg_class.oid and own.attnum > 0 and own.attgenerated = '')`;
  const functions = await stack.sql<{ name: string; names: string[] | null; types: string[] }[]>`
    select proname as name, proargnames as names, array(select format_type(type, null) from unnest(proargtypes) as type) as types
    from pg_proc where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype`;

  await t.step("public tables and views are exactly those of this test", () => {
    assertEquals(tables.map(({ name }) => name).sort(), Object.keys(READABLE).sort());
  });

  await t.step("the server reads every table", async () => {
    for (const { name } of tables) {
      const { status, body } = await ask(stack, server, name);
      assertEquals([name, status, body.length], [name, 200, 1]);
    }
  });

  await t.step("an owner reads the own rows only", async () => {
    const [mapping, ...otherMappings] = (await ask(stack, owner, "stripe_customer_mapping")).body;
    assertEquals([mapping.clerk_user_id, mapping.stripe_customer_id], [stack.users.ada, customer_id]);
    const [customer, ...otherCustomers] = (await ask(stack, owner, "stripe_customers")).body;
    assertEquals(customer.id, customer_id);
    assertEquals([otherMappings, otherCustomers], [[], []]);
    for (const name of ["stripe_subscriptions", "stripe_invoices", "stripe_entitlements"]) {
      assertEquals((await ask(stack, owner, name)).body.length, 1);
    }
    assertEquals((await ask(stack, owner, "stripe_subscription_items")).body[0].id, "si_1");
    assertEquals((await ask(stack, owner, "rpc/stripe_customer_id", { method: "POST" })).body, customer_id);
  });

  await t.step("clerk_user_id answers the id of the Clerk user as text", async () => {
    const { status, body } = await ask(stack, owner, "rpc/clerk_user_id", { method: "POST" });
    assertEquals([status, body], [200, stack.users.ada]);
  });

  for (const [name, kind] of Object.entries(READABLE)) {
    await t.step(`${name} read by another user answers ${kind === "own rows" ? "no row" : "every row"}`, async () => {
      const filters = ["", `?data->>id=eq.${customer_id}`, `?or=(ticket.gte.0,ticket.lt.0)`, "?select=*&limit=1000"];
      for (const filter of kind === "own rows" ? filters : [""]) {
        const { status, body } = await ask(stack, otherUser, name + filter);
        if (status === 200) assertEquals(body.length, kind === "own rows" ? 0 : 1);
        else {assertEquals(
            [status, name],
            [400, OTHER_COLUMNS.find((known) => known === name)],
            "Only a table without the column may answer 400",
          );}
      }
    });

    await t.step(`${name} read by a pending session answers no row`, async () => {
      assertEquals(await ask(stack, pending, name), { status: 200, body: [] });
    });

    await t.step(`${name} read by a visitor or with a token without a role is refused`, async () => {
      for (const caller of [visitor, roleless]) {
        const { status, body } = await ask(stack, caller, name);
        assertEquals([status, body.code], [401, "42501"]);
      }
    });
  }

  await t.step("every write without the server's key is refused, also to the own row", async () => {
    // The views are not writable by any caller.
    for (const { name, column } of tables.filter(({ kind }) => kind === "table")) {
      for (const [what, query, options] of writes(column)) {
        for (const [caller, denied] of [[owner, 403], [pending, 403], [visitor, 401], [roleless, 401]] as const) {
          const { status, body } = await ask(stack, caller, name + query, options);
          assertEquals([what, status, body?.code, body?.message], [
            what,
            denied,
            "42501",
            `permission denied for table ${name}`,
          ]);
        }
      }
    }
    for (const { name } of tables) assertEquals((await ask(stack, server, name)).body.length, 1);
  });

  await t.step("every write through a view is refused, also with the server's key", async () => {
    for (const { name, column } of tables.filter(({ kind }) => kind === "view")) {
      for (const [what, query, options] of writes(column)) {
        for (const caller of [owner, otherUser, pending, visitor, roleless, server]) {
          const { status } = await ask(stack, caller, name + query, options);
          assert(status >= 400, `${what} of ${name} answers ${status}`);
        }
      }
      assertEquals((await ask(stack, owner, name)).body.length, 1);
    }
  });

  await t.step("the server writes every table", async () => {
    for (const { name, column } of tables.filter(({ kind }) => kind === "table")) {
      // A constraint of the table may refuse this row; the permission may not.
      const body = JSON.stringify({ [column]: null });
      const { status, body: answer } = await ask(stack, server, name, { method: "POST", body });
      assert(status === 201 || /^23/.test(answer?.code), `${name} answers ${status}: ${JSON.stringify(answer)}`);
      const none = `?${column}=is.null`;
      assertEquals((await ask(stack, server, name + none, { method: "PATCH", body })).status, 204, name);
      assertEquals((await ask(stack, server, name + none, { method: "DELETE" })).status, 204, name);
    }
  });

  await t.step("every server function called without the server's key is refused", async () => {
    assertGreater(functions.length, CALLABLE.length);
    for (const { name, names, types } of functions.filter(({ name }) => !CALLABLE.includes(name))) {
      const given = Object.fromEntries(
        (names ?? []).slice(0, types.length).map((name, n) => [name, argument(types[n]!)]),
      );
      const options = { method: "POST", body: JSON.stringify(given) };
      for (const [caller, denied] of [[owner, 403], [pending, 403], [visitor, 401], [roleless, 401]] as const) {
        const { status, body } = await ask(stack, caller, `rpc/${name}`, options);
        // The refusal names this function, not one that it calls.
        const message = `permission denied for function ${name}`;
        assertEquals([status, body?.code, body?.message], [denied, "42501", message]);
      }
      // The function exists with these arguments, so the refusal was about the permission.
      const { status, body } = await ask(stack, server, `rpc/${name}`, options);
      assert(![401, 403, 404].includes(status), `${name} answers the server ${status}: ${JSON.stringify(body)}`);
    }
  });

  await t.step("identity functions answer null to a visitor and to a pending session", async () => {
    const nothing = { status: 200, body: null };
    assertEquals(await ask(stack, visitor, "rpc/clerk_user_id", { method: "POST" }), nothing);
    assertEquals(await ask(stack, pending, "rpc/clerk_user_id", { method: "POST" }), nothing);
    assertEquals(await ask(stack, pending, "rpc/stripe_customer_id", { method: "POST" }), nothing);
    assertEquals((await ask(stack, visitor, "rpc/stripe_customer_id", { method: "POST" })).body.code, "42501");
  });

  await t.step("has_entitlement is true for the owner and for no other caller", async () => {
    const options = { method: "POST", body: JSON.stringify({ lookup_key: "reports" }) };
    assertEquals(await ask(stack, owner, "rpc/has_entitlement", options), { status: 200, body: true });
    // The server reads every row, but is not a user and has no entitlements.
    for (const caller of [otherUser, pending, server]) {
      assertEquals(await ask(stack, caller, "rpc/has_entitlement", options), { status: 200, body: false });
    }
    for (const caller of [visitor, roleless]) {
      assertEquals((await ask(stack, caller, "rpc/has_entitlement", options)).body.code, "42501");
    }
  });

  await t.step("the schema billing is not exposed, also with the server's key", async () => {
    const hidden = await stack.sql<{ name: string }[]>`
      select relname as name from pg_class where relnamespace = 'billing'::regnamespace and relkind in ('r', 'v', 'S')`;
    assertGreater(hidden.length, 10);
    for (const caller of [owner, visitor, server]) {
      for (const { name } of hidden) {
        const { status, body } = await ask(stack, caller, name, { headers: { "accept-profile": "billing" } });
        assertEquals([status, body.code], [406, "PGRST106"]);
        assertEquals((await ask(stack, caller, `billing.${name}`)).status, 404);
        assertEquals((await ask(stack, caller, name)).status, 404);
      }
      const headers = { "content-profile": "billing" };
      const called = await ask(stack, caller, "rpc/require_deployment", { method: "POST", body: "{}", headers });
      assertEquals(called.status, 406);
    }
  });

  await t.step("a token that Clerk did not sign answers 401, and another role answers 403", async () => {
    const [header, payload, signature] = owner.token.split(".");
    for (const token of ["garbage", stack.secret_key, `${header}.${payload}.${signature!.slice(4)}AAAA`]) {
      assertEquals((await ask(stack, { token }, "stripe_customers")).status, 401);
    }
    for (const role of ["postgres", "supabase_admin"]) {
      assertEquals((await ask(stack, { token: await signIn({ role }) }, "stripe_customers")).status, 403);
    }
  });
});
