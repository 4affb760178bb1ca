import type { Backfilled } from "../../supabase/functions/_shared/contract/reconcile.ts";

/** In the order in which they are read. */
const KINDS = [
  "customer",
  "product",
  "price",
  "subscription",
  "invoice",
  "entitlements.active_entitlement_summary",
];

export interface Progress {
  show(counts: Backfilled["counts"]): void;
  say(words: string): void;
}

/**
 * Shows how far a backfill is: in place, a line a kind, on a terminal; elsewhere a plain line whenever there is more.
 *
 * @param write Writes to standard output as it is, without a line break.
 */
export function createProgress(write: (text: string) => void, isTerminal: boolean): Progress {
  let drawn = 0;
  let last = "";
  return {
    show(counts) {
      const lines = KINDS.map((kind) => `${kind.padEnd(40)}${(counts[kind] ?? 0).toLocaleString("en").padStart(12)}`);
      if (isTerminal) {
        const up = drawn > 0 ? `\x1b[${drawn}A` : "";
        write(up + lines.map((line) => `\x1b[2K${line}\n`).join(""));
        drawn = lines.length;
        return;
      }
      const line = KINDS.filter((kind) => kind in counts).map((kind) => `${kind} ${counts[kind]}`).join(", ");
      if (line !== last && line !== "") write(`${line}\n`);
      last = line;
    },
    say(words) {
      write(`${words}\n`);
      drawn = 0;
    },
  };
}
