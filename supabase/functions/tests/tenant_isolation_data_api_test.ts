/** Tenant isolation of the Data API: a signed-in user attacks another user's data. */
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { forge } from "./forge.ts";
import { each, identityHeaders, startTenantIsolation, type Tenant } from "./tenant_isolation_fixture.ts";

Deno.test("Tenant isolation of the Data API", async (t) => {
  await using fixture = await startTenantIsolation();
  const { attacker, assertLearnsNothing, publishable_key } = fixture;
  /** Tables and views with rows of users, each with the column that names the owner. */
  const OWNERS = {
    stripe_customer_mapping: "stripe_customer_id",
    stripe_customers: "id",
    stripe_subscriptions: "customer",
    stripe_subscription_items: "customer",
    stripe_invoices: "customer",
    stripe_entitlements: "id",
  };
  const TABLES = Object.keys(OWNERS) as (keyof typeof OWNERS)[];

  /** A request to the Data API with the attacker's token, unless a header replaces it. */
  const ask = (path: string, method = "GET", body?: unknown, headers: Record<string, string> = {}) =>
    fetch(`${fixture.url}/rest/v1/${path}`, {
      method,
      headers: {
        apikey: publishable_key,
        authorization: `Bearer ${attacker.token}`,
        ...body !== undefined && { "content-type": "application/json" },
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });

  await t.step("any column, embedding or filter is answered as for an unknown user", async () => {
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
    const filters = ({ id, customer, email }: Tenant) => [
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
    const filtersOfBought = ({ customer, subscription, invoice, feature }: Tenant) => [
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
      for (const filter of each(isBought ? filtersOfBought : filters, fixture)) {
        for (const select of isBought ? selectsOfBought : selects) {
          await assertLearnsNothing((target) => ask(`${table}?select=${select}&${filter(target)}`));
        }
        await assertLearnsNothing((target) =>
          ask(`${table}?${filter(target)}`, "HEAD", undefined, { prefer: "count=exact" })
        );
      }
    }
  });

  await t.step("any header reads and counts only the caller's own row", async () => {
    const headers = (target: Tenant): [name: string, value: string][] => [
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
      ["request.jwt.claims", JSON.stringify({ sub: target.id, role: "service_role" })],
    ];
    const all = (target: Tenant) => [...headers(target), ...identityHeaders(target)];
    for (const table of TABLES) {
      for (const header of each(table.startsWith("stripe_customer") ? all : headers, fixture)) {
        for (const method of ["GET", "HEAD"]) {
          const answer = await assertLearnsNothing((target) =>
            ask(table, method, undefined, Object.fromEntries([header(target)]))
          );
          const total = answer.range?.split("/")[1] ?? "*";
          // An estimate comes from the size of the table and is the same for every caller.
          const isEstimate = ["count=planned", "count=estimated"].includes(header(attacker)[1]);
          assert(isEstimate || ["*", "1"].includes(total), `${header(attacker)} counts ${total}`);
          if (answer.status === 200 && answer.body.startsWith("[")) assertEquals(JSON.parse(answer.body).length, 1);
        }
      }
      const [row, ...others] = await (await ask(table)).json();
      assertEquals([row[OWNERS[table]], others], [attacker.customer, []]);
    }
  });

  await t.step("purchases and entitlements are those of the caller only", async () => {
    const ids = async (table: string) => (await (await ask(table)).json()).map(({ id }: { id: string }) => id);
    assertEquals(await ids("stripe_subscriptions"), [attacker.subscription]);
    assertEquals(await ids("stripe_subscription_items"), [`si_${attacker.subscription}`]);
    assertEquals(await ids("stripe_invoices"), [attacker.invoice]);
    const has = async (lookup_key: unknown) => await (await ask("rpc/has_entitlement", "POST", { lookup_key })).json();
    assertEquals(await has(attacker.feature), true);
    for (const key of [fixture.victim.feature, attacker.feature.slice(1), "", "%", "*", null]) {
      assertEquals(await has(key), false, `It has "${key}"`);
    }
    await assertLearnsNothing(({ feature }) => ask("rpc/has_entitlement", "POST", { lookup_key: feature }));
    await assertLearnsNothing(({ feature, customer }) =>
      ask(`rpc/has_entitlement?lookup_key=${feature}&id=${customer}`)
    );
    await assertLearnsNothing(({ feature, customer }) =>
      ask("rpc/has_entitlement", "POST", { lookup_key: feature, customer, "request.jwt.claims": { sub: customer } })
    );
  });

  await t.step("a pending session or another role reads no row", async () => {
    const claims = (target: Tenant): Record<string, unknown>[] => [
      { sub: attacker.id, sts: "pending" },
      { sub: attacker.id, role: "anon" },
      { sub: attacker.id, role: undefined },
      { sub: target.customer },
      { sub: attacker.id, sts: "pending", act: { sub: target.id }, customer: target.customer },
    ];
    for (const claim of each(claims, fixture)) {
      for (const path of [...TABLES, `rpc/has_entitlement?lookup_key=${attacker.feature}`]) {
        const answer = await assertLearnsNothing(async (target) =>
          ask(path, "GET", undefined, { authorization: `Bearer ${await fixture.sign(claim(target))}` })
        );
        assert(
          answer.status > 400 || ["[]", "false"].includes(answer.body),
          `${path} answers ${answer.status} ${answer.body}`,
        );
      }
    }
  });

  await t.step("another key or an invalid token answers 401", async () => {
    const unsigned = await forge(attacker.token, { header: { alg: "none" }, claims: { role: "service_role" } });
    for (const bearer of [unsigned, "service_role", publishable_key, `${attacker.token}x`]) {
      for (const apikey of [publishable_key, attacker.token, unsigned, "", "sb_secret_guessed"]) {
        const answer = await assertLearnsNothing(({ customer }) =>
          ask(`stripe_customers?id=eq.${customer}`, "GET", undefined, { apikey, authorization: `Bearer ${bearer}` })
        );
        assertEquals(answer.status, 401);
      }
    }
  });

  await t.step("functions ignore arguments that name the victim, and server functions are refused", async () => {
    const given = ({ id }: Tenant): Record<string, string>[] => [{ owner_id: id }, { clerk_user_id: id }, { sub: id }];
    for (const name of ["clerk_user_id", "stripe_customer_id", "stripe_organization_customer_id"]) {
      for (const args of each(given, fixture)) {
        const query = (target: Tenant) => new URLSearchParams(args(target));
        await assertLearnsNothing((target) => ask(`rpc/${name}`, "POST", args(target)));
        await assertLearnsNothing((target) => ask(`rpc/${name}?${query(target)}`));
        await assertLearnsNothing((target) =>
          ask(`rpc/${name}`, "POST", args(target), { prefer: "params=single-object" })
        );
      }
    }
    const serverFunctions = [
      "find_customer",
      "claim_customer",
      "fail_customer",
      "record_lookup",
      "renew_customer",
      "switch_deployment",
      "add_mirror",
      "claim_events",
      "record_fetches",
      "record_and_claim",
      "record_objects",
      "claim_due_objects",
      "retry_event",
      "claim_reconcile",
      "claim_backfill",
      "schedule_reconcile",
      "rebuild_mappings",
    ];
    for (const name of [...serverFunctions, "require_deployment", "set_config", "pg_read_file"]) {
      for (const profile of ["public", "billing", "pg_catalog"]) {
        const answer = await assertLearnsNothing(({ id }) =>
          ask(`rpc/${name}`, "POST", { owner_id: id, stripe_key: "test_1" }, { "content-profile": profile })
        );
        assertGreaterOrEqual(answer.status, 400, name);
      }
    }
  });

  await t.step("writes to the victim's rows and to the caller's own rows are refused alike", async () => {
    const mirrorRow = (id: string, object: string, more: object) => ({ ticket: 1, data: { id, object, ...more } });
    const rows: Record<string, (target: Tenant) => unknown[]> = {
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
    const queries: Record<string, (target: Tenant) => string[]> = {
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
      for (const query of each(queries[table]!, fixture)) {
        for (const row of each(rows[table]!, fixture)) {
          for (const method of ["POST", "PATCH", "PUT"]) {
            const answer = await assertLearnsNothing((target) =>
              ask(table + query(target), method, row(target), { prefer })
            );
            assertGreaterOrEqual(answer.status, 400, `${method} ${table}${query(attacker)}`);
          }
        }
        const answer = await assertLearnsNothing((target) =>
          ask(table + query(target), "DELETE", undefined, { prefer })
        );
        assertGreaterOrEqual(answer.status, 400, `DELETE ${table}${query(attacker)}`);
      }
    }
  });

  await t.step("after all requests no row and no customer has changed", () => fixture.assertNothingChanged());
});
