import { assertEquals } from "@std/assert";
import type Stripe from "stripe";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { startDatabaseProxy } from "./database_proxy.ts";
import { startFaultProxy } from "./fault_proxy.ts";
import { startStack } from "./stack.ts";

/** The row of a user or an organization in the mapping. */
export interface Mapping {
  stripe_customer_id: string | null;
  generation: number;
  claimed_at: Date | null;
  lease_until: Date | null;
  failed_at: Date | null;
}

export type CustomerStack = Awaited<ReturnType<typeof startCustomerStack>>;

/** A stack whose Data API and Clerk are behind fault-injecting proxies, and whose time is moved for each user. */
export async function startCustomerStack(env: Record<string, string> = {}) {
  const database = startDatabaseProxy();
  const clerk = startFaultProxy();
  const stack = await startStack({ ...database.env, CLERK_API_URL: clerk.url, ...env });
  database.forwardTo(stack);
  clerk.forwardTo(stack.clerk_url);
  const { sql } = stack;
  let users = 0;

  const ask = async (user: string, method = "POST") =>
    await stack.call("stripe-customer", { method, token: await stack.sign({ sub: user }) });

  async function mapping(user: string): Promise<Mapping> {
    const [row] = await sql<Mapping[]>`select * from stripe_customer_mapping where owner_id = ${user}`;
    if (row === undefined) throw new Error(`User "${user}" has no mapping`);
    return row;
  }

  /** The living customers at Stripe that name this user or organization. */
  async function customersAtStripe(user: string): Promise<Stripe.Customer[]> {
    const customers = await stack.stripe.customers.list({ limit: 100 }).autoPagingToArray({ limit: 10_000 });
    return customers.filter(({ metadata }) => (metadata.clerk_user_id ?? metadata.clerk_organization_id) === user);
  }

  return {
    ...stack,
    database,
    clerkProxy: clerk,
    ask,
    mapping,
    customersAtStripe,

    /** A new user with an email. */
    newUserWithEmail: () => stack.newUser(`user${++users}@example.com`),

    /** The id of the customer that a call creates. */
    create: async (user: string) => (await readAnswer(await ask(user), 201, Customer)).customer_id,

    /** The id of the customer that a call finds. */
    find: async (user: string) => (await readAnswer(await ask(user), 200, Customer)).customer_id,

    /** A call that fails because Stripe or the connection to it fails. */
    fail: async (user: string) => await readError(await ask(user), "stripe_unavailable"),

    /** This is the user's only customer, in the mapping and at Stripe. */
    async assertOnlyCustomer(user: string, id: string): Promise<void> {
      assertEquals((await customersAtStripe(user)).map((customer) => customer.id), [id]);
      assertEquals((await mapping(user)).stripe_customer_id, id);
    },

    /** Ends the last caller's lease, as after a crash. */
    endLease: (user: string) =>
      sql`update stripe_customer_mapping set lease_until = now() - interval '1 second' where owner_id = ${user}`,

    /** Moves the user's row past the lease and past the minute after a failure. */
    passMinute: (user: string) =>
      sql`
        update stripe_customer_mapping
        set claimed_at = claimed_at - interval '90 seconds', failed_at = failed_at - interval '90 seconds',
            lease_until = now() - interval '1 second'
        where owner_id = ${user}`,

    /** Moves the claim back by over an hour and the end of its lease by over a minute. */
    passHour: (user: string) =>
      sql`
        update stripe_customer_mapping
        set claimed_at = claimed_at - interval '61 minutes', lease_until = now() - interval '61 seconds'
        where owner_id = ${user}`,

    /** Moves the customer's last fetch back by two days. */
    passDays: (id: string) =>
      sql`update stripe_customers set fetched_at = fetched_at - interval '2 days' where id = ${id}`,

    async [Symbol.asyncDispose]() {
      await stack[Symbol.asyncDispose]();
      await Promise.all([database, clerk].map((proxy) => proxy[Symbol.asyncDispose]()));
    },
  };
}

/** Whether a request of the log creates a customer. */
export const isCreation = ({ method, path }: { method: string; path: string }) =>
  method === "POST" && path === "/v1/customers";
