import { handOverReads } from "../reads.ts";
import { rpc } from "./client.ts";

/** Hands over the reads at Stripe that were counted since the last call. */
export const recordReads = (): Promise<void> =>
  handOverReads(async (reads) => {
    if (reads !== undefined) await rpc("record_reads", { reads });
  });
