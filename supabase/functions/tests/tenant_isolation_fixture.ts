import { assertEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer } from "./answers.ts";
import { startStack } from "./stack.ts";

/** A user whose rows must be isolated. */
export interface Tenant {
  id: string;
  customer: string;
  email: string;
  /** What the user bought: the ids of the subscription and the invoice, and the key of the feature. */
  subscription: string;
  invoice: string;
  feature: string;
  /** A session token, which a real attacker never gets. */
  token: string;
}

/** A stack with two users: the attacker must not read or change anything of the victim. */
export async function startTenantIsolation() {
  const stack = await startStack({}, { seed: true });
  const { sql, stripe } = stack;
  await stack.confirmTestKey();
  const signIn = (sub: string) => stack.sign({ sub, exp: Math.floor(Date.now() / 1_000) + 3_600 });

  async function signUp(id: string, email: string): Promise<Tenant> {
    const token = await signIn(id);
    const response = await stack.call("stripe-customer", { method: "POST", token });
    const { customer_id: customer } = await readAnswer(response, 201, Customer);
    const tenant = { id, email, token, customer, ...bought(email.split("@")[0]!) };
    await sql`select record_objects(draw_ticket('test_1'), ${sql.json(mirrorOf(tenant) as never)}, 'test_1')`;
    return tenant;
  }
  const victim = await signUp(await stack.newUser("victim@example.com"), "victim@example.com");
  const attacker = await signUp(stack.users.grace!, "grace@example.com");
  const id = `user_${crypto.randomUUID().replaceAll("-", "").slice(0, victim.id.length - 5)}`;
  const unknown: Tenant = {
    id,
    customer: "cus_Unkn0wn",
    email: "unknown@example.com",
    token: await signIn(id),
    ...bought("unknown"),
  };
  await (await stack.call("stripe-products", { token: attacker.token })).body?.cancel();

  /** Every row and every customer of both users, in the database and at Stripe. */
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
      await sql`select owner_id, attempt, sessions from billing.checkouts order by 1`,
      (await stripe.customers.list({ limit: 100 })).data,
      (await stripe.checkout.sessions.list({ limit: 100 })).data,
    ]);
  }
  const before = await state();

  return {
    ...stack,
    victim,
    attacker,

    /**
     * Sends the same request about the victim and about a user who does not exist, and compares the answers.
     *
     * @returns the answer about the victim, with each of the victim's ids as "…"
     */
    async assertLearnsNothing(ask: (target: Tenant) => Promise<Response>) {
      const answer = await read(await ask(victim), victim);
      assertEquals(answer, await read(await ask(unknown), unknown));
      return answer;
    },

    async assertNothingChanged() {
      assertEquals(await state(), before);
    },
  };
}

const bought = (name: string) => ({ subscription: `sub_${name}`, invoice: `in_${name}`, feature: `${name}_reports` });

/** The mirrored objects of what the user bought. */
const mirrorOf = ({ customer, subscription, invoice, feature }: Tenant) => [
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

async function read(response: Response, { id, customer, email, subscription, invoice, feature }: Tenant) {
  let body = (await response.text()).replace(/"request_id":"[^"]+"/, '"request_id":"…"');
  for (const name of [id, customer, email, subscription, invoice, feature]) body = body.replaceAll(name, "…");
  return { status: response.status, range: response.headers.get("content-range"), body };
}

/** Headers from which some gateways, libraries and frameworks read the caller's identity. */
export const identityHeaders = ({ id, customer, token }: Tenant): [name: string, value: string][] => [
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

/** Each variant of an attack, as a function of the user it names. */
export const each = <Variant>(variants: (target: Tenant) => Variant[], { victim }: { victim: Tenant }) =>
  variants(victim).map((_, n) => (target: Tenant) => variants(target)[n]!);
