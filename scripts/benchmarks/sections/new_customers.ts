/** The first call of new users, with a Stripe latency of 100 ms. */
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import { type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import type { BenchmarkContext } from "../context.ts";
import { baseline, ours } from "../programs.ts";

export const NEW_CUSTOMERS = "new customers";

const NAME = "stripe-customer";
const LATENCY_MS = 100;

export async function measureNewCustomers(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  if (!includes(NEW_CUSTOMERS, NAME)) return [];
  const { stack, sizes, servers, progress } = context;
  progress("New customers");
  await using own = await servers.start(ours(NAME), stack.env);
  await using other = await servers.start(baseline(NAME), stack.env);
  const requests = async (): Promise<RequestSpec> => {
    const users = Array.from({ length: sizes.newCustomers }, stack.createUser);
    return { method: "POST", paths: [`/${NAME}`], tokens: await Promise.all(users.map(stack.signIn)), status: 201 };
  };
  const shared: Omit<Subject, "server"> = { requests, uses: ["stack", "database"], count: sizes.newCustomers };

  await stack.setStripeLatency(LATENCY_MS);
  const rounds = await measure({ ours: { server: own, ...shared }, baseline: { server: other, ...shared } }, context);
  await stack.setStripeLatency(0);
  return [rowOf(NEW_CUSTOMERS, NAME, rounds)];
}
