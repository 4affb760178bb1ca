/** A signed-in user with a customer of his own at the Data API, after what belongs to somebody else. */
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { forge } from "./forge.ts";
import { disguises, each, type Person, startScene } from "./scene_of_strangers.ts";

Deno.test("A stranger at the Data API", async (t) => {
  await using scene = await startScene();
  const { attacker, learnsNothing, publishable_key } = scene;
  const TABLES = ["stripe_customer_mapping", "stripe_customers"];

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
    for (const table of TABLES) {
      for (const filter of each(filters, scene)) {
        for (const select of selects) await learnsNothing((whom) => ask(`${table}?select=${select}&${filter(whom)}`));
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
      ...disguises(whom),
    ];
    for (const table of TABLES) {
      for (const header of each(headers, scene)) {
        for (const method of ["GET", "HEAD"]) {
          const told = await learnsNothing((whom) => ask(table, method, undefined, Object.fromEntries([header(whom)])));
          const total = told.range?.split("/")[1] ?? "*";
          assert(["*", "1"].includes(total), `${header(attacker)} counts ${total}`);
          if (told.status === 200 && told.body.startsWith("[")) assertEquals(JSON.parse(told.body).length, 1);
        }
      }
      const [row, ...others] = await (await ask(table)).json();
      assertEquals([row.stripe_customer_id ?? row.id, others], [attacker.customer, []]);
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
    const given = ({ id }: Person): Record<string, string>[] => [{ user_id: id }, { clerk_user_id: id }, { sub: id }];
    for (const name of ["clerk_user_id", "stripe_customer_id"]) {
      for (const args of each(given, scene)) {
        const query = (whom: Person) => new URLSearchParams(args(whom));
        await learnsNothing((whom) => ask(`rpc/${name}`, "POST", args(whom)));
        await learnsNothing((whom) => ask(`rpc/${name}?${query(whom)}`));
        await learnsNothing((whom) => ask(`rpc/${name}`, "POST", args(whom), { prefer: "params=single-object" }));
      }
    }
    const theirs = ["find_customer", "claim_customer", "fail_customer", "renew_customer", "switch_deployment"];
    for (const name of [...theirs, "require_deployment", "set_config", "pg_read_file"]) {
      for (const profile of ["public", "billing", "pg_catalog"]) {
        const told = await learnsNothing(({ id }) =>
          ask(`rpc/${name}`, "POST", { user_id: id, livemode: false }, { "content-profile": profile })
        );
        assertGreaterOrEqual(told.status, 400, name);
      }
    }
  });

  await t.step("writes nothing, to the victim's row or to his own, and is told the same of each", async () => {
    const rows: Record<string, (whom: Person) => unknown[]> = {
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
    const targets: Record<string, (whom: Person) => string[]> = {
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
