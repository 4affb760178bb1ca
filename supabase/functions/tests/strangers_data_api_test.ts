/** A signed-in user with a customer of his own at the Data API, after what belongs to somebody else. */
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { forge } from "./forge.ts";
import { disguises, each, type Person, startScene } from "./scene_of_strangers.ts";

Deno.test("A stranger at the Data API", async (t) => {
  await using scene = await startScene();
  const { attacker, learnsNothing, publishable_key } = scene;
  /** Tables and views with rows of users, each with its column that names whose a row is. */
  const OWNERS = {
    stripe_customer_mapping: "stripe_customer_id",
    stripe_customers: "id",
    stripe_subscriptions: "customer",
    stripe_subscription_items: "customer",
    stripe_invoices: "customer",
    stripe_entitlements: "id",
  };
  const TABLES = Object.keys(OWNERS) as (keyof typeof OWNERS)[];

  /** Through the Data API as the attacker, unless a header says otherwise. */
  const ask = (path: string, method = "GET", body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${scene.url}/rest/v1/${path}`, {
      method,
      headers: {
        apikey: publishable_key,
        authorization: `Bearer ${attacker.token}`,
        ...body !== undefined && { "content-type": "application/json" },
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  await t.step("learns nothing by any column, embedding or filter", async () => {
    const selects = [
      "*",
      "count",
      "count()",
      "ticket.max(),ticket.min()",
      "*,stripe_customers(*)",
      "*,mapping:stripe_customer_mapping!inner(*)",
      "...stripe_customers(*)",
      "data->>email",
      "stripe_customer_id::text",
    ];
    const filters = ({ id, customer, email }: Person) => [
      `clerk_user_id=eq.${id}`,
      `stripe_customer_id=eq.${customer}`,
      `stripe_customer_id=like.${customer.slice(0, 8)}*`,
      `id=eq.${customer}`,
      `id=in.(${customer},${attacker.customer})`,
      `email=ilike.*${email.slice(0, 6)}*`,
      `data=cs.{"email":"${email}"}`,
      `or=(id.eq.${customer},email.eq.${email})`,
      `not.and=(id.neq.${customer},ticket.lt.0)`,
      `order=(id.eq.${customer}).desc&limit=1&offset=1`,
    ];
    const selectsOfBought = [
      "*",
      "count()",
      "*,stripe_subscription_items(*),stripe_invoices!inner(*)",
      "data->items->data->0->>id,lookup_keys->>0",
    ];
    const filtersOfBought = ({ customer, subscription, invoice, feature }: Person) => [
      `customer=eq.${customer}`,
      `customer=neq.${attacker.customer}&or=(id.eq.${subscription},id.eq.${invoice},subscription.eq.${subscription})`,
      `id=in.(${customer},${subscription},si_${subscription},${invoice},${attacker.customer})`,
      `subscription=like.${subscription.slice(0, 6)}*`,
      `data->>hosted_invoice_url=like.*${invoice}`,
      `data->items->data->0->>id=eq.si_${subscription}`,
      `lookup_keys=cs.["${feature}"]`,
    ];
    for (const table of TABLES) {
      const isBought = !table.startsWith("stripe_customer");
      for (const filter of each(isBought ? filtersOfBought : filters, scene)) {
        for (const select of isBought ? selectsOfBought : selects) {
          await learnsNothing((whom) => ask(`${table}?select=${select}&${filter(whom)}`));
        }
        await learnsNothing((whom) => ask(`${table}?${filter(whom)}`, "HEAD", undefined, { prefer: "count=exact" }));
      }
    }
  });

  await t.step("reads and counts one row, his own, whatever the headers say", async () => {
    const headers = (whom: Person): [name: string, value: string][] => [
      ...["billing", "pg_catalog", "information_schema", "auth", "vault", "extensions", "public,billing"]
        .map((schema): [string, string] => ["accept-profile", schema]),
      ["prefer", "count=exact"],
      ["prefer", "count=planned"],
      ["prefer", "count=estimated"],
      ["prefer", "tx=rollback, handling=strict"],
      ["range", "0-1000"],
      ["accept", "text/csv"],
      ["accept", "application/vnd.pgrst.object+json"],
      ["accept", "application/vnd.pgrst.plan+json; options=analyze|verbose"],
      ["role", "service_role"],
      ["x-role", "service_role"],
      ["request.jwt.claims", JSON.stringify({ sub: whom.id, role: "service_role" })],
    ];
    const all = (whom: Person) => [...headers(whom), ...disguises(whom)];
    for (const table of TABLES) {
      for (const header of each(table.startsWith("stripe_customer") ? all : headers, scene)) {
        for (const method of ["GET", "HEAD"]) {
          const told = await learnsNothing((whom) => ask(table, method, undefined, Object.fromEntries([header(whom)])));
          const total = told.range?.split("/")[1] ?? "*";
          // A guess is made from the size of the table, and told of everybody alike.
          const isGuess = ["count=planned", "count=estimated"].includes(header(attacker)[1]);
          assert(isGuess || ["*", "1"].includes(total), `${header(attacker)} counts ${total}`);
          if (told.status === 200 && told.body.startsWith("[")) assertEquals(JSON.parse(told.body).length, 1);
        }
      }
      const [row, ...others] = await (await ask(table)).json();
      assertEquals([row[OWNERS[table]], others], [attacker.customer, []]);
    }
  });

  await t.step("reads exactly what he bought himself, and has what he is entitled to", async () => {
    const ids = async (table: string) => (await (await ask(table)).json()).map(({ id }: { id: string }) => id);
    assertEquals(await ids("stripe_subscriptions"), [attacker.subscription]);
    assertEquals(await ids("stripe_subscription_items"), [`si_${attacker.subscription}`]);
    assertEquals(await ids("stripe_invoices"), [attacker.invoice]);
    const has = async (lookup_key: unknown) => await (await ask("rpc/has_entitlement", "POST", { lookup_key })).json();
    assertEquals(await has(attacker.feature), true);
    for (const key of [scene.victim.feature, attacker.feature.slice(1), "", "%", "*", null]) {
      assertEquals(await has(key), false, `It has "${key}"`);
    }
    await learnsNothing(({ feature }) => ask("rpc/has_entitlement", "POST", { lookup_key: feature }));
    await learnsNothing(({ feature, customer }) => ask(`rpc/has_entitlement?lookup_key=${feature}&id=${customer}`));
    await learnsNothing(({ feature, customer }) =>
      ask("rpc/has_entitlement", "POST", { lookup_key: feature, customer, "request.jwt.claims": { sub: customer } })
    );
  });

  await t.step("reads nothing with a session that is pending, or of another role", async () => {
    const claims = (whom: Person): Record<string, unknown>[] => [
      { sub: attacker.id, sts: "pending" },
      { sub: attacker.id, role: "anon" },
      { sub: attacker.id, role: undefined },
      { sub: whom.customer },
      { sub: attacker.id, sts: "pending", act: { sub: whom.id }, customer: whom.customer },
    ];
    for (const claim of each(claims, scene)) {
      for (const path of [...TABLES, `rpc/has_entitlement?lookup_key=${attacker.feature}`]) {
        const told = await learnsNothing(async (whom) =>
          ask(path, "GET", undefined, { authorization: `Bearer ${await scene.sign(claim(whom))}` })
        );
        assert(told.status > 400 || ["[]", "false"].includes(told.body), `${path} answers ${told.status} ${told.body}`);
      }
    }
  });

  await t.step("reads nothing with another key, or with a token that is none", async () => {
    const unsigned = await forge(attacker.token, { header: { alg: "none" }, claims: { role: "service_role" } });
    for (const bearer of [unsigned, "service_role", publishable_key, `${attacker.token}x`]) {
      for (const apikey of [publishable_key, attacker.token, unsigned, "", "sb_secret_guessed"]) {
        const told = await learnsNothing(({ customer }) =>
          ask(`stripe_customers?id=eq.${customer}`, "GET", undefined, { apikey, authorization: `Bearer ${bearer}` })
        );
        assertEquals(told.status, 401);
      }
    }
  });

  await t.step("calls functions as nobody else, whatever the arguments", async () => {
    const given = ({ id }: Person): Record<string, string>[] => [{ owner_id: id }, { clerk_user_id: id }, { sub: id }];
    for (const name of ["clerk_user_id", "stripe_customer_id", "stripe_organization_customer_id"]) {
      for (const args of each(given, scene)) {
        const query = (whom: Person) => new URLSearchParams(args(whom));
        await learnsNothing((whom) => ask(`rpc/${name}`, "POST", args(whom)));
        await learnsNothing((whom) => ask(`rpc/${name}?${query(whom)}`));
        await learnsNothing((whom) => ask(`rpc/${name}`, "POST", args(whom), { prefer: "params=single-object" }));
      }
    }
    const theirs = [
      "find_customer",
      "claim_customer",
      "fail_customer",
      "renew_customer",
      "switch_deployment",
      "add_mirror",
      "claim_event",
      "record_objects",
      "claim_due_objects",
      "retry_event",
      "claim_reconcile",
      "claim_backfill",
      "schedule_reconcile",
      "rebuild_mappings",
    ];
    for (const name of [...theirs, "require_deployment", "set_config", "pg_read_file"]) {
      for (const profile of ["public", "billing", "pg_catalog"]) {
        const told = await learnsNothing(({ id }) =>
          ask(`rpc/${name}`, "POST", { owner_id: id, livemode: false }, { "content-profile": profile })
        );
        assertGreaterOrEqual(told.status, 400, name);
      }
    }
  });

  await t.step("writes nothing, to the victim's row or to his own, and is told the same of each", async () => {
    const mirrorRow = (id: string, object: string, more: object) => ({ ticket: 1, data: { id, object, ...more } });
    const rows: Record<string, (whom: Person) => unknown[]> = {
      stripe_subscriptions: ({ subscription, customer }) => [
        mirrorRow(subscription, "subscription", { customer: attacker.customer, status: "active" }),
        [mirrorRow(attacker.subscription, "subscription", { customer, status: "active" })],
      ],
      stripe_subscription_items: ({ subscription, customer }) => [{ id: "si_1", subscription, customer }],
      stripe_invoices: ({ invoice, customer }) => [
        mirrorRow(invoice, "invoice", { customer: attacker.customer }),
        [mirrorRow(attacker.invoice, "invoice", { customer })],
      ],
      stripe_entitlements: ({ customer, feature }) => [
        mirrorRow(attacker.customer, "entitlements.active_entitlement_summary", {
          entitlements: { data: [{ lookup_key: feature }] },
        }),
        [mirrorRow(customer, "entitlements.active_entitlement_summary", { deleted: true })],
      ],
      stripe_customer_mapping: ({ id, customer }) => [
        { clerk_user_id: attacker.id, stripe_customer_id: customer },
        [{ clerk_user_id: id, stripe_customer_id: null }],
        { stripe_customer_id: customer },
      ],
      stripe_customers: ({ customer, email }) => [
        { ticket: 1, data: { id: customer, object: "customer", deleted: true } },
        [{ ticket: 1, data: { id: attacker.customer, object: "customer", email } }],
      ],
    };
    const ofMirror = (own: string, theirs: string) => ["", `?id=eq.${own}`, `?id=eq.${theirs}`, "?on_conflict=id"];
    const targets: Record<string, (whom: Person) => string[]> = {
      stripe_subscriptions: ({ subscription }) => ofMirror(attacker.subscription, subscription),
      stripe_subscription_items: ({ subscription }) => ["", `?subscription=eq.${subscription}`],
      stripe_invoices: ({ invoice }) => ofMirror(attacker.invoice, invoice),
      stripe_entitlements: ({ customer }) => ofMirror(attacker.customer, customer),
      stripe_customer_mapping: ({ id }) => [
        "",
        `?clerk_user_id=eq.${attacker.id}`,
        `?clerk_user_id=eq.${id}`,
        "?on_conflict=clerk_user_id",
        "?columns=stripe_customer_id&on_conflict=stripe_customer_id",
      ],
      stripe_customers: ({ customer }) => [
        "",
        `?id=eq.${attacker.customer}`,
        `?id=eq.${customer}`,
        "?on_conflict=id&columns=data,ticket",
      ],
    };
    const prefer = "resolution=merge-duplicates, return=representation, missing=default";
    for (const table of TABLES) {
      for (const target of each(targets[table]!, scene)) {
        for (const row of each(rows[table]!, scene)) {
          for (const method of ["POST", "PATCH", "PUT"]) {
            const told = await learnsNothing((whom) => ask(table + target(whom), method, row(whom), { prefer }));
            assertGreaterOrEqual(told.status, 400, `${method} ${table}${target(attacker)}`);
          }
        }
        const told = await learnsNothing((whom) => ask(table + target(whom), "DELETE", undefined, { prefer }));
        assertGreaterOrEqual(told.status, 400, `DELETE ${table}${target(attacker)}`);
      }
    }
  });

  await t.step("and nothing of anybody's has changed", () => scene.nothingChanged());
});
