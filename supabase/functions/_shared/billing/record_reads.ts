import type * as reads from "../database/reads.ts";
import { logWarning } from "../log.ts";
import { hasReads } from "../reads.ts";

export interface ReadsGateways {
  database: Pick<typeof reads, "recordReads">;
}

/** Records the reads at Stripe at the end of a run. After a failure they are recorded at the end of the next. */
export async function recordReads({ database }: ReadsGateways): Promise<void> {
  if (!hasReads()) return;
  await database.recordReads().catch((cause) => logWarning("The reads at Stripe could not be recorded", cause));
}
