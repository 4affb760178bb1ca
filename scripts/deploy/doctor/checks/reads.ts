import { type Finding, note, ok } from "../finding.ts";
import type { DoctorTarget } from "../target.ts";

/** The share of the allowance that scheduled work is to use at most. */
const SCHEDULED_SHARE = 1 / 3;

interface Allowance {
  readonly allowed: number;
  readonly used: number;
  readonly scheduled: number;
}

/** Reads at Stripe are within what Stripe allows an account in 30 days. */
export async function checkReads({ database }: DoctorTarget): Promise<Finding[]> {
  const [allowance] = await database.query<Allowance>(
    "select allowed::float, used::float, scheduled::float from billing.read_allowance()",
  );
  if (allowance === undefined) return [];
  const { allowed, used, scheduled } = allowance;
  const what = `Reads: ${used} of ${allowed} that Stripe allows in 30 days, ${scheduled} of them by scheduled work`;
  const next = `find the purpose with "select * from billing.reads"`;
  if (used > allowed) return [note(`${what}: more than is allowed`, next)];
  if (scheduled > allowed * SCHEDULED_SHARE) return [note(`${what}: more than a third`, next)];
  return [ok(what)];
}
