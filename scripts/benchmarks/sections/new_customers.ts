/** Users who call for the first time, with a Stripe that takes a tenth of a second for everything. */
import type { RequestSpec } from "../load/load_job.ts";
import { measure, type Subject } from "../measure.ts";
import { type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";
import { type Context, ours, plain } from "../context.ts";

export const NEW_CUSTOMERS = "new customers";

const NAME = "stripe-customer";
const LATENCY = 100;

export async function measureNewCustomers(world: Context, wanted: RowFilter): Promise<Row[]> {
  if (!wanted(NEW_CUSTOMERS, NAME)) return [];
  const { stack, sizes, servers, progress } = world;
  progress("New customers");
  await using our = await servers.start(ours(NAME), stack.env);
  await using other = await servers.start(plain(NAME), stack.env);
  const ask = async (): Promise<RequestSpec> => {
    const users = Array.from({ length: sizes.newCustomers }, stack.createUser);
    return { method: "POST", paths: [`/${NAME}`], tokens: await Promise.all(users.map(stack.signIn)), status: 201 };
  };
  const shared: Omit<Subject, "server"> = { ask, asks: ["stack", "database"], count: sizes.newCustomers };

  await stack.setStripeLatency(LATENCY);
  const rounds = await measure({ ours: { server: our, ...shared }, plain: { server: other, ...shared } }, world);
  await stack.setStripeLatency(0);
  return [rowOf(NEW_CUSTOMERS, NAME, rounds)];
}
