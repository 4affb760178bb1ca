/** What somebody with nothing but the public key and a session can do at the Data API, past the functions. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { PricePage } from "../_shared/contract/prices.ts";
import { readAnswer } from "./answers.ts";
import { type Stack, startStack } from "./stack.ts";

/** Who asks: a token, or none for a visitor; the server's key, or the public one. */
interface Asker {
  token?: string;
  key?: string;
}

/** What may be read without the server's key, and by whom; there is nothing else that anybody may do. */
const READABLE: Record<string, "own rows" | "all rows"> = {
  stripe_customer_mapping: "own rows",
  stripe_customers: "own rows",
  stripe_subscriptions: "own rows",
  stripe_subscription_items: "own rows",
  stripe_invoices: "own rows",
  stripe_entitlements: "own rows",
  stripe_products: "all rows",
  stripe_prices: "all rows",
};

/** Those of them that are not the mirror's tables, so that they lack its columns. */
const UNLIKE = ["stripe_customer_mapping", "stripe_subscription_items"];

/** Functions for policies, which tell callers only who they are and what they may do. */
const CALLABLE = [
  "clerk_user_id",
  "clerk_organization_id",
  "clerk_organization_role",
  "stripe_customer_id",
  "stripe_organization_customer_id",
  "has_entitlement",
];

async function ask(
  stack: Stack,
  { token, key = stack.publishable_key }: Asker,
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

/** How a table is written: with a column that it has, so that nothing but the permission can be in the way. */
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

/** An argument of the type. */
function argument(type: string): unknown {
  const values: Record<string, unknown> = {
    text: "user_a",
    boolean: false,
    integer: 1,
    bigint: 1,
    jsonb: [],
    "text[]": [],
  };
  assert(type in values, `Say what an argument of type ${type} looks like`);
  return values[type];
}

Deno.test("The Data API", async (t) => {
  await using stack = await startStack();
  const exp = Math.floor(Date.now() / 1000) + 3_600;
  const signIn = (claims = {}) => stack.sign({ exp, ...claims });
  const owner = { token: await signIn() };
  const stranger = { token: await signIn({ sub: "user_stranger" }) };
  const pending = { token: await signIn({ sts: "pending" }) };
  const roleless = { token: await signIn({ role: undefined }) };
  const visitor = {};
  const server = { key: stack.secret_key };

  const { id: product } = await stack.stripe.products.create({ name: "Pro" });
  await stack.stripe.prices.create({ product, currency: "usd", unit_amount: 100 });
  await readAnswer(await stack.call("stripe-prices", owner), 200, PricePage);
  const made = await stack.call("stripe-customer", { method: "POST", ...owner });
  const { customer_id } = await readAnswer(made, 201, Customer);

  const bought = [
    { id: "sub_1", object: "subscription", customer: customer_id, items: { data: [{ id: "si_1" }] } },
    { id: "in_1", object: "invoice", customer: customer_id },
    {
      id: customer_id,
      object: "entitlements.active_entitlement_summary",
      entitlements: { data: [{ lookup_key: "reports" }] },
    },
  ];
  await stack.sql`select record_objects(draw_ticket(false), ${stack.sql.json(bought)}, false)`;

  const tables = await stack.sql<{ name: string; kind: string; column: string }[]>`
    select relname as name, case relkind when 'v' then 'view' else 'table' end as kind, attname as column
    from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and attgenerated = ''
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f')
      and attnum = (select min(attnum) from pg_attribute as own where own.attrelid = pg_class.oid and own.attnum > 0 and own.attgenerated = '')`;
  const functions = await stack.sql<{ name: string; names: string[] | null; types: string[] }[]>`
    select proname as name, proargnames as names, array(select format_type(type, null) from unnest(proargtypes) as type) as types
    from pg_proc where pronamespace = 'public'::regnamespace and prorettype <> 'trigger'::regtype`;

  await t.step("has the tables that this test knows, and no others", () => {
    assertEquals(tables.map(({ name }) => name).sort(), Object.keys(READABLE).sort());
  });

  await t.step("gives the server every table, each with rows", async () => {
    for (const { name } of tables) {
      const { status, body } = await ask(stack, server, name);
      assertEquals([name, status, body.length], [name, 200, 1]);
    }
  });

  await t.step("gives an owner his own row", async () => {
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

  await t.step("trap 16: knows a Clerk user by his id, which is a text", async () => {
    const { status, body } = await ask(stack, owner, "rpc/clerk_user_id", { method: "POST" });
    assertEquals([status, body], [200, stack.users.ada]);
  });

  for (const [name, kind] of Object.entries(READABLE)) {
    await t.step(`gives of ${name} ${kind === "own rows" ? "nothing" : "the rows"} to a stranger`, async () => {
      const filters = ["", `?data->>id=eq.${customer_id}`, `?or=(ticket.gte.0,ticket.lt.0)`, "?select=*&limit=1000"];
      for (const filter of kind === "own rows" ? filters : [""]) {
        const { status, body } = await ask(stack, stranger, name + filter);
        if (status === 200) assertEquals(body.length, kind === "own rows" ? 0 : 1);
        else {assertEquals(
            [status, name],
            [400, UNLIKE.find((known) => known === name)],
            "Only a table without the column may refuse",
          );}
      }
    });

    await t.step(`gives nothing of ${name} to a pending session`, async () => {
      assertEquals(await ask(stack, pending, name), { status: 200, body: [] });
    });

    await t.step(`refuses ${name} to a visitor, and to a token without a role, who is one`, async () => {
      for (const asker of [visitor, roleless]) {
        const { status, body } = await ask(stack, asker, name);
        assertEquals([status, body.code], [401, "42501"]);
      }
    });
  }

  await t.step("lets nobody write anything, not even an owner his own row", async () => {
    // The view of the items is none that could be written, whoever asks.
    for (const { name, column } of tables.filter(({ kind }) => kind === "table")) {
      for (const [what, query, options] of writes(column)) {
        for (const [asker, denied] of [[owner, 403], [pending, 403], [visitor, 401], [roleless, 401]] as const) {
          const { status, body } = await ask(stack, asker, name + query, options);
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

  await t.step("has a view of the items that nobody writes through, not even the server", async () => {
    for (const [what, query, options] of writes("quantity")) {
      for (const asker of [owner, stranger, pending, visitor, roleless, server]) {
        const { status } = await ask(stack, asker, `stripe_subscription_items${query}`, options);
        assert(status >= 400, `${what} answers ${status}`);
      }
    }
    assertEquals((await ask(stack, owner, "stripe_subscription_items")).body.length, 1);
  });

  await t.step("lets the server write every table", async () => {
    for (const { name, column } of tables.filter(({ kind }) => kind === "table")) {
      // What stands in the way of this row is a rule of the table's, or it is a row; never the permission.
      const body = JSON.stringify({ [column]: null });
      const { status, body: answer } = await ask(stack, server, name, { method: "POST", body });
      assert(status === 201 || /^23/.test(answer?.code), `${name} answers ${status}: ${JSON.stringify(answer)}`);
      const none = `?${column}=is.null`;
      assertEquals((await ask(stack, server, name + none, { method: "PATCH", body })).status, 204, name);
      assertEquals((await ask(stack, server, name + none, { method: "DELETE" })).status, 204, name);
    }
  });

  await t.step("lets nobody call a function of the server's", async () => {
    assertGreater(functions.length, CALLABLE.length);
    for (const { name, names, types } of functions.filter(({ name }) => !CALLABLE.includes(name))) {
      const given = Object.fromEntries(
        (names ?? []).slice(0, types.length).map((name, n) => [name, argument(types[n]!)]),
      );
      const options = { method: "POST", body: JSON.stringify(given) };
      for (const [asker, denied] of [[owner, 403], [pending, 403], [visitor, 401], [roleless, 401]] as const) {
        const { status, body } = await ask(stack, asker, `rpc/${name}`, options);
        // Of this very function: not of something that it would call.
        const message = `permission denied for function ${name}`;
        assertEquals([status, body?.code, body?.message], [denied, "42501", message]);
      }
      // It is there under these arguments: nothing but the permission was in the way.
      const { status, body } = await ask(stack, server, `rpc/${name}`, options);
      assert(![401, 403, 404].includes(status), `${name} answers the server ${status}: ${JSON.stringify(body)}`);
    }
  });

  await t.step("tells a visitor and a pending session that they are nobody", async () => {
    const nobody = { status: 200, body: null };
    assertEquals(await ask(stack, visitor, "rpc/clerk_user_id", { method: "POST" }), nobody);
    assertEquals(await ask(stack, pending, "rpc/clerk_user_id", { method: "POST" }), nobody);
    assertEquals(await ask(stack, pending, "rpc/stripe_customer_id", { method: "POST" }), nobody);
    assertEquals((await ask(stack, visitor, "rpc/stripe_customer_id", { method: "POST" })).body.code, "42501");
  });

  await t.step("tells an owner what he is entitled to, and nobody else", async () => {
    const options = { method: "POST", body: JSON.stringify({ lookup_key: "reports" }) };
    assertEquals(await ask(stack, owner, "rpc/has_entitlement", options), { status: 200, body: true });
    // The server, who sees every row, is no user and entitled to nothing.
    for (const asker of [stranger, pending, server]) {
      assertEquals(await ask(stack, asker, "rpc/has_entitlement", options), { status: 200, body: false });
    }
    for (const asker of [visitor, roleless]) {
      assertEquals((await ask(stack, asker, "rpc/has_entitlement", options)).body.code, "42501");
    }
  });

  await t.step("does not show the schema billing, not even to the server", async () => {
    const hidden = await stack.sql<{ name: string }[]>`
      select relname as name from pg_class where relnamespace = 'billing'::regnamespace and relkind in ('r', 'v', 'S')`;
    assertGreater(hidden.length, 10);
    for (const asker of [owner, visitor, server]) {
      for (const { name } of hidden) {
        const { status, body } = await ask(stack, asker, name, { headers: { "accept-profile": "billing" } });
        assertEquals([status, body.code], [406, "PGRST106"]);
        assertEquals((await ask(stack, asker, `billing.${name}`)).status, 404);
        assertEquals((await ask(stack, asker, name)).status, 404);
      }
      const headers = { "content-profile": "billing" };
      const called = await ask(stack, asker, "rpc/require_deployment", { method: "POST", body: "{}", headers });
      assertEquals(called.status, 406);
    }
  });

  await t.step("believes no token that Clerk did not sign, and no other role's", async () => {
    const [header, payload, signature] = owner.token.split(".");
    for (const token of ["garbage", stack.secret_key, `${header}.${payload}.${signature!.slice(4)}AAAA`]) {
      assertEquals((await ask(stack, { token }, "stripe_customers")).status, 401);
    }
    for (const role of ["postgres", "supabase_admin"]) {
      assertEquals((await ask(stack, { token: await signIn({ role }) }, "stripe_customers")).status, 403);
    }
  });
});
