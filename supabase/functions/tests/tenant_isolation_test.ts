/** Tenant isolation of the functions: a signed-in user or a visitor attacks another user's data. */
import { assert, assertEquals } from "@std/assert";
import { readError } from "./answers.ts";
import { forge, newKeyPair } from "./forge.ts";
import { sendRaw } from "./raw_request.ts";
import { ORIGIN } from "./stack.ts";
import { each, identityHeaders, startTenantIsolation, type Tenant } from "./tenant_isolation_fixture.ts";

const FUNCTIONS = [
  "stripe-customer",
  "stripe-products",
  "stripe-prices",
  "stripe-checkout",
  "stripe-portal",
  "stripe-subscription",
  "stripe-subscription-preview",
  "stripe-subscription-update",
  "stripe-invoices",
  "stripe-webhook",
  "stripe-reconcile",
  "health",
];

/** Every way to name a user in a query or in a body. */
const namings = ({ id, customer, email, subscription, invoice }: Tenant): [name: string, value: string][] => [
  ["user_id", id],
  ["clerk_user_id", id],
  ["sub", id],
  ["id", id],
  ["customer", customer],
  ["customer_id", customer],
  ["stripe_customer_id", customer],
  ["email", email],
  ["metadata[clerk_user_id]", id],
  ["starting_after", customer],
  ["product", customer],
  ["subscription", subscription],
  ["invoice", invoice],
];

Deno.test("Tenant isolation of the functions", async (t) => {
  await using fixture = await startTenantIsolation();
  const { attacker, assertLearnsNothing } = fixture;
  const [offer] =
    (await fixture.stripe.prices.list({ lookup_keys: ["solo_monthly", "team_monthly"], active: true })).data;
  const price = offer!.id;

  await t.step(
    "a request that names the victim in its query or body, signed in or not, is answered as for an unknown user",
    async () => {
      for (const token of [attacker.token, undefined]) {
        for (const naming of each(namings, fixture)) {
          for (const path of FUNCTIONS) {
            await assertLearnsNothing((target) =>
              fixture.call(`${path}?${new URLSearchParams([naming(target)])}`, { token })
            );
            const body = (target: Tenant) => Object.fromEntries([naming(target)]);
            await assertLearnsNothing((target) => fixture.call(path, { method: "POST", token, body: body(target) }));
          }
        }
      }
    },
  );

  await t.step(
    "stripe-customer, with identity headers that name the victim, answers the caller's own customer, or 401 without a token",
    async () => {
      const apikeys = ({ id, token }: Tenant): [string, string][] => [["apikey", id], ["apikey", token]];
      for (const header of [...each(identityHeaders, fixture), ...each(apikeys, fixture)]) {
        for (const method of ["GET", "POST"]) {
          const headers = (target: Tenant) => Object.fromEntries([header(target)]);
          const ask = (token?: string) =>
            assertLearnsNothing((target) =>
              fixture.call("stripe-customer", { method, token, headers: headers(target) })
            );
          assertEquals(JSON.parse((await ask(attacker.token)).body).customer_id, attacker.customer);
          assertEquals((await ask()).status, 401);
        }
      }
    },
  );

  await t.step(
    "a complete request for the victim's subscription or invoice is answered as for an unknown one",
    async () => {
      const return_url = ORIGIN;
      const requests = ({ subscription, invoice }: Tenant): [name: string, body: Record<string, unknown>][] => [
        ...["cancel", "update", "confirm_update"].map((type): [string, Record<string, unknown>] => [
          "stripe-portal",
          { return_url, flow: { type, subscription, ...type === "confirm_update" && { price } } },
        ]),
        ["stripe-subscription-preview", { subscription, price }],
        ["stripe-subscription-update", { subscription, cancel_at_period_end: true }],
        ["stripe-invoices", { invoice }],
        ["stripe-invoices", { starting_after: invoice }],
      ];
      const o = { id: "org_other", slg: "other", rol: "admin" };
      const ofOrganization = await fixture.sign({ sub: attacker.id, v: 2, o });
      for (const request of each(requests, fixture)) {
        for (const [token, owner] of [[attacker.token], [ofOrganization, "organization"]] as const) {
          const { status, body } = await assertLearnsNothing((target) => {
            const [name, body] = request(target);
            return fixture.call(name, { method: "POST", token, body: { ...body, for: owner } });
          });
          if (status === 200) assertEquals(JSON.parse(body).data, []);
          else assert([400, 404].includes(status), body);
        }
      }
    },
  );

  await t.step("a checkout that names the victim's customer, subscription or session is refused", async () => {
    const bought = { price, success_url: ORIGIN, cancel_url: ORIGIN };
    const more = ({ id, customer, subscription, email }: Tenant): Record<string, unknown>[] => [
      { customer },
      { subscription },
      { client_reference_id: id },
      { customer_email: email },
      { metadata: { owner: id } },
      { price: subscription },
      { price: customer },
    ];
    for (const fields of each(more, fixture)) {
      const { status, body } = await assertLearnsNothing((target) =>
        fixture.call("stripe-checkout", {
          method: "POST",
          token: attacker.token,
          body: { ...bought, ...fields(target) },
        })
      );
      assert([400, 404].includes(status), body);
    }
  });

  await t.step("a complete request with a token of another Clerk instance answers 401", async () => {
    const { id, subscription, invoice } = fixture.victim;
    const requests: [name: string, body: Record<string, unknown>][] = [
      ["stripe-customer", {}],
      ["stripe-checkout", { price, success_url: ORIGIN, cancel_url: ORIGIN }],
      ["stripe-portal", { return_url: ORIGIN }],
      ["stripe-subscription", { sync: true }],
      ["stripe-subscription-preview", { subscription, price }],
      ["stripe-subscription-update", { subscription, cancel_at_period_end: true }],
      ["stripe-invoices", { invoice }],
    ];
    const o = { id: "org_victim", slg: "victim", rol: "admin" };
    const ofIssuer = await fixture.sign({ sub: id, v: 2, o, iss: "https://another.clerk.accounts.dev" });
    const ofKey = await forge(await fixture.sign({ sub: id, v: 2, o }), {}, (await newKeyPair()).sign);
    for (const [name, body] of requests) {
      for (const token of [ofIssuer, ofKey]) {
        for (const kind of ["user", "organization"]) {
          const response = await fixture.call(name, { method: "POST", token, body: { ...body, for: kind } });
          await readError(response, "unauthenticated");
        }
      }
    }
  });

  await t.step("a path that names the victim answers 404", async () => {
    const paths = [({ id }: Tenant) => id, ({ customer }: Tenant) => customer].flatMap((name) => [
      (target: Tenant) => `/${name(target)}`,
      (target: Tenant) => `/../stripe-customer/${name(target)}`,
      (target: Tenant) => `;${name(target)}`,
      (target: Tenant) => `%2f${name(target)}`,
    ]);
    for (const path of paths) {
      for (const method of ["GET", "POST", "DELETE", "PATCH"]) {
        const { token } = attacker;
        const answer = await assertLearnsNothing((target) =>
          fixture.call(`stripe-customer${path(target)}`, { method, token })
        );
        assertEquals(answer.status, 404);
      }
    }
  });

  await t.step("two tokens of which one is valid answer 401", async () => {
    const url = `${await fixture.address("stripe-customer")}/stripe-customer`;
    const good = `authorization: Bearer ${attacker.token}`;
    const orders = (bad: string) => [[good, bad], [bad, good], [good, bad, good], [`${good}, ${bad.slice(15)}`]];
    for (const n of orders("").keys()) {
      const answer = await assertLearnsNothing(async ({ id }) => {
        const unsigned = await forge(attacker.token, { header: { alg: "none" }, claims: { sub: id } });
        return await sendRaw(url, ["GET", ...orders(`authorization: Bearer ${unsigned}`)[n]!]);
      });
      assertEquals(answer.status, 401);
    }
  });

  await t.step("a token with other claims that name the victim answers the customer of its sub", async () => {
    const claims = ({ id, customer, email }: Tenant): Record<string, unknown>[] => [
      { user_id: id },
      { clerk_user_id: id },
      { customer_id: customer },
      { email },
      { act: { sub: id } },
      { metadata: { customer_id: customer } },
    ];
    for (const claim of each(claims, fixture)) {
      for (const method of ["GET", "POST"]) {
        const { body } = await assertLearnsNothing(async (target) => {
          const token = await fixture.sign({ ...claim(target), sub: attacker.id });
          return await fixture.call("stripe-customer", { method, token });
        });
        assertEquals(JSON.parse(body).customer_id, attacker.customer);
      }
    }
  });

  await t.step("after all requests no row and no customer has changed", () => fixture.assertNothingChanged());
});
