import { assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { openDoorway } from "./doorway.ts";
import { startStack } from "./stack.ts";

/** A user's way to a customer, as the database remembers it. */
export interface Mapping {
  stripe_customer_id: string | null;
  generation: number;
  claimed_at: Date | null;
  lease_until: Date | null;
  failed_at: Date | null;
}

export type CustomerStack = Awaited<ReturnType<typeof startCustomerStack>>;

/** A stack whose Data API and Clerk are reached through doorways, and whose clock is moved user by user. */
export async function startCustomerStack(env: Record<string, string> = {}) {
  const database = openDoorway();
  const clerk = openDoorway();
  const stack = await startStack({ SUPABASE_URL: database.url, CLERK_API_URL: clerk.url, ...env });
  database.leadTo(stack.url);
  clerk.leadTo(stack.clerk_url);
  const { sql } = stack;
  let users = 0;

  const ask = async (user: string, method = "POST") =>
    await stack.call("stripe-customer", { method, token: await stack.sign({ sub: user }) });

  async function mapping(user: string): Promise<Mapping> {
    const [row] = await sql<Mapping[]>`select * from stripe_customer_mapping where clerk_user_id = ${user}`;
    if (row === undefined) throw new Error(`User "${user}" never asked for a customer`);
    return row;
  }

  /** The living customers at Stripe that name this user. */
  async function customersAtStripe(user: string): Promise<Stripe.Customer[]> {
    const customers = await stack.stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
    return customers.filter(({ metadata }) => metadata.clerk_user_id === user);
  }

  return {
    ...stack,
    database,
    clerkDoor: clerk,
    ask,
    mapping,
    customersAtStripe,

    /** A user with an email who did nothing yet. */
    newcomer: () => stack.newUser(`user${++users}@example.com`),

    /** The id of the customer that a call creates. */
    create: async (user: string) => (await readAnswer(await ask(user), 201, Customer)).customer_id,

    /** The id of the customer that a call finds. */
    find: async (user: string) => (await readAnswer(await ask(user), 200, Customer)).customer_id,

    /** A call that fails because Stripe, or the way to it, did. */
    fail: async (user: string) => await readError(await ask(user), "stripe_unavailable"),

    /** That this is the user's one customer, here and at Stripe. */
    async isTheOne(user: string, id: string): Promise<void> {
      assertEquals((await customersAtStripe(user)).map((customer) => customer.id), [id]);
      assertEquals((await mapping(user)).stripe_customer_id, id);
    },

    /** The last caller's lease is over, as after a crash. */
    endLease: (user: string) =>
      sql`update stripe_customer_mapping set lease_until = now() - interval '1 second' where clerk_user_id = ${user}`,

    /** The lease and a minute went by for everybody who waits for a failure to cool. */
    passMinute: (user: string) =>
      sql`
        update stripe_customer_mapping
        set claimed_at = claimed_at - interval '90 seconds', failed_at = failed_at - interval '90 seconds',
            lease_until = now() - interval '1 second'
        where clerk_user_id = ${user}`,

    /** The claim was over an hour ago, and its lease ended over a minute ago. */
    passHour: (user: string) =>
      sql`
        update stripe_customer_mapping
        set claimed_at = claimed_at - interval '61 minutes', lease_until = now() - interval '61 seconds'
        where clerk_user_id = ${user}`,

    /** Nobody has looked at this customer for two days. */
    passDays: (id: string) =>
      sql`update stripe_customers set fetched_at = fetched_at - interval '2 days' where id = ${id}`,

    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await Promise.all([database, clerk].map((door) => door[Symbol.asyncDispose]()));
    },
  };
}

/** A request of the log that created a customer, or was to. */
export const isCreation = ({ method, path }: { method: string; path: string }) =>
  method === "POST" && path === "/v1/customers";
