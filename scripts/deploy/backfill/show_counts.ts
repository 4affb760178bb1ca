import type { Backfilled } from "../../../supabase/functions/_shared/contract/reconcile.ts";

type Counts = Backfilled["counts"];

/** Kind → plural label, in the order of the backfill. A kind without a label is shown as it is, after the others. */
export type Labels = Readonly<Record<string, string>>;

export interface ProgressOptions {
  /** Writes to standard output without adding a line break. */
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly labels?: Labels;
}

export interface Progress {
  /** @param remaining What is said about the remaining time, if it is known. */
  show(counts: Counts, remaining?: string): void;
  /** Writes a line of text below the counts. */
  writeLine(line: string): void;
}

/** `customers: 1, products: 7`. */
export const formatCounts = (counts: Counts, labels: Labels = {}): string =>
  rowsOf(counts, labels).map(([label, count]) => `${label}: ${count}`).join(", ");

/** Shows a backfill's progress: one line per kind, redrawn in place, on a terminal; otherwise one line per change. */
export function createProgress({ write, isTerminal, labels = {} }: ProgressOptions): Progress {
  let drawn = 0;
  let last = "";
  return {
    show(counts, remaining) {
      if (isTerminal) {
        const rows = rowsOf(counts, labels);
        const width = Math.max(14, ...rows.map(([label]) => label.length + 2));
        const lines = rows.map(([label, count]) =>
          `\x1b[2K${label.padEnd(width)}${count.toLocaleString("en").padStart(12)}\n`
        );
        if (remaining !== undefined) lines.push(`${remaining}\n`);
        // The line of the remaining time may be gone.
        write((drawn > 0 ? `\x1b[${drawn}A\x1b[J` : "") + lines.join(""));
        drawn = lines.length;
        return;
      }
      const line = formatCounts(counts, labels);
      if (line !== last && line !== "") write(`${line}${remaining === undefined ? "" : ` (${remaining})`}\n`);
      last = line;
    },
    writeLine(line) {
      write(`${line}\n`);
      drawn = 0;
    },
  };
}

/** The order comes from the labels, because PostgreSQL sorts the keys of the counts by length. */
function rowsOf(counts: Counts, labels: Labels): [label: string, count: number][] {
  const known = Object.keys(labels).filter((kind) => kind in counts);
  const others = Object.keys(counts).filter((kind) => !(kind in labels));
  return [...known, ...others].map((kind) => [labels[kind] ?? kind, counts[kind] ?? 0]);
}
