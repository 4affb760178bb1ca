/** A stack for one test: the test bed's, with the Stripe SDK, supabase-js and SQL. */
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import Stripe from "stripe";
import { createTestStack, type TestStackOptions } from "../../../scripts/testbed/client.ts";
import { assertNoSecrets } from "./secrets.ts";
import { until } from "./until.ts";

export {
  type CallOptions,
  type CheckoutBehavior,
  type DeliveryCounts,
  type DeliveryFault,
  type Fault,
  ORIGIN,
  type StripeRequest,
  type TestStackOptions,
} from "../../../scripts/testbed/client.ts";

export type Stack = Awaited<ReturnType<typeof startStack>>;

/** @param env Variables of the functions, over the defaults; null unsets one */
export async function startStack(env: TestStackOptions["env"] = {}, options: Omit<TestStackOptions, "env"> = {}) {
  const stack = await createTestStack({ env, ...options });
  const { hostname: host, port } = new URL(stack.stripe_url);
  const sql = postgres(stack.database_url, { max: 2, onnotice() {} });
  /** Waits until every event that Stripe sent is answered. */
  const webhooksAnswered = () =>
    until(async () => (await stack.deliveries()).pending === 0, "every delivery of Stripe is answered");

  return {
    ...stack,
    sql,
    stripe: new Stripe(stack.stripe_secret_key, {
      protocol: "http",
      host,
      port,
      telemetry: false,
      maxNetworkRetries: 0,
    }),

    /** Makes the database accept the key `test_1`, with which tests call its functions. */
    confirmTestKey: () => sql`select confirm_account('acct_1LocalStripe00000', 'test_1')`,

    webhooksAnswered,

    /** Those of events that Stripe has sent are forgotten too: it waits for them. */
    async forgetStripeRequests() {
      if (options.webhook) await webhooksAnswered();
      await stack.forgetStripeRequests();
    },

    /** supabase-js as a frontend configures it. */
    client: (token?: string, key = stack.publishable_key) =>
      createClient(
        stack.url,
        key,
        // Clerk has the sessions: supabase-js must not refresh any of its own.
        token === undefined ? { auth: { autoRefreshToken: false } } : { accessToken: () => Promise.resolve(token) },
      ),

    /** Stops the stack. @throws Error when the functions wrote a secret, in any test */
    async [Symbol.asyncDispose]() {
      await sql.end();
      const written = await stack.logs();
      await stack[Symbol.asyncDispose]();
      assertNoSecrets(written, "The log", [
        stack.secret_key,
        stack.stripe_secret_key,
        stack.stripe_restricted_key,
        stack.clerk_secret_key,
        ...stack.reconcile_secret === "" ? [] : [stack.reconcile_secret], // a test may have unset it
      ]);
    },
  };
}
