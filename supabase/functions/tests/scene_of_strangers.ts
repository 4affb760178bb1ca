import { assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer } from "./answers.ts";
import { startStack } from "./stack.ts";

/** Somebody whom an attacker may name. */
export interface Person {
  id: string;
  customer: string;
  email: string;
  /** What he bought: the subscription's id, the invoice's and the feature's key. */
  subscription: string;
  invoice: string;
  feature: string;
  /** A session's, which in truth an attacker never gets. */
  token: string;
}

/** A stack with an attacker, who has a customer of his own, and a victim, about whom he shall learn and change nothing. */
export async function startScene() {
  const stack = await startStack({}, { seed: true });
  const { sql, stripe } = stack;
  const signIn = (sub: string) => stack.sign({ sub, exp: Math.floor(Date.now() / 1_000) + 3_600 });

  async function enter(id: string, email: string): Promise<Person> {
    const token = await signIn(id);
    const response = await stack.call("stripe-customer", { method: "POST", token });
    const { customer_id: customer } = await readAnswer(response, 201, Customer);
    const person = { id, email, token, customer, ...bought(email.split("@")[0]!) };
    await sql`select record_objects(draw_ticket(false), ${sql.json(mirrorOf(person) as never)}, false)`;
    return person;
  }
  const victim = await enter(await stack.newUser("victim@example.com"), "victim@example.com");
  const attacker = await enter(stack.users.grace!, "grace@example.com");
  const id = `user_${crypto.randomUUID().replaceAll("-", "").slice(0, victim.id.length - 5)}`;
  const nobody: Person = {
    id,
    customer: "cus_N0body",
    email: "nobody@example.com",
    token: await signIn(id),
    ...bought("nobody"),
  };
  await (await stack.call("stripe-products", { token: attacker.token })).body?.cancel();

  /** Everything that is kept of anybody, here and at Stripe. */
  async function state() {
    return JSON.stringify([
      await sql`select * from stripe_customer_mapping order by clerk_user_id`,
      await sql`select * from stripe_customers order by id`,
      await sql`select * from stripe_subscriptions order by id`,
      await sql`select * from stripe_invoices order by id`,
      await sql`select * from stripe_entitlements order by id`,
      await sql`select * from billing.deployment`,
      await sql`select * from billing.webhook_events`,
      await sql`select id, ticket from stripe_products union all select id, ticket from stripe_prices order by 1`,
      (await stripe.customers.list({ limit: 100 })).data,
    ]);
  }
  const before = await state();

  return {
    ...stack,
    victim,
    attacker,

    /**
     * Asks about the victim and then, with the same words, about somebody who does not exist: the answers are the same.
     *
     * @returns The answer about the victim, with every name of his as "…"
     */
    async learnsNothing(ask: (whom: Person) => Promise<Response>) {
      const told = await read(await ask(victim), victim);
      assertEquals(told, await read(await ask(nobody), nobody));
      return told;
    },

    async nothingChanged() {
      assertEquals(await state(), before);
    },
  };
}

const bought = (name: string) => ({ subscription: `sub_${name}`, invoice: `in_${name}`, feature: `${name}_reports` });

/** What the mirror holds of what somebody bought. */
const mirrorOf = ({ customer, subscription, invoice, feature }: Person) => [
  {
    id: subscription,
    object: "subscription",
    customer,
    status: "active",
    items: { data: [{ id: `si_${subscription}`, price: { id: "price_1", product: "prod_1" }, quantity: 1 }] },
  },
  { id: invoice, object: "invoice", customer, total: 900, hosted_invoice_url: `https://invoice.example/${invoice}` },
  {
    id: customer,
    object: "entitlements.active_entitlement_summary",
    entitlements: { data: [{ lookup_key: feature }] },
  },
];

async function read(response: Response, { id, customer, email, subscription, invoice, feature }: Person) {
  let body = (await response.text()).replace(/"request_id":"[^"]+"/, '"request_id":"…"');
  for (const name of [id, customer, email, subscription, invoice, feature]) body = body.replaceAll(name, "…");
  return { status: response.status, range: response.headers.get("content-range"), body };
}

/** Every header that some gateway, library or framework takes for who is asking. */
export const disguises = ({ id, customer, token }: Person): [name: string, value: string][] => [
  ...[
    "x-user-id",
    "x-clerk-user-id",
    "x-clerk-auth-user-id",
    "x-forwarded-user",
    "x-authenticated-userid",
    "x-supabase-user",
    "x-hasura-user-id",
    "x-forwarded-for",
    "from",
  ].map((name): [string, string] => [name, id]),
  ["stripe-account", customer],
  ["idempotency-key", `customer:${id}:1`],
  ["x-forwarded-authorization", `Bearer ${token}`],
  ["proxy-authorization", `Bearer ${token}`],
  ["x-clerk-auth-token", token],
  ["cookie", `__session=${token}; __client_uat=1`],
  ["x-http-method-override", "DELETE"],
  ["x-original-url", `/stripe-customer?user_id=${id}`],
  ["x-jwt-claims", JSON.stringify({ sub: id, role: "service_role" })],
];

/** One way after another, each to be taken with whomever it names. */
export const each = <Way>(ways: (whom: Person) => Way[], { victim }: { victim: Person }) =>
  ways(victim).map((_, n) => (whom: Person) => ways(whom)[n]!);
