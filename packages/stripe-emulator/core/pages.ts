import { invalid, noSuch } from "./errors.ts";
import { integer, text } from "./params.ts";

/** The parameters of every list: https://docs.stripe.com/api/pagination */
export const pageParams = { limit: integer(1, 100), starting_after: text, ending_before: text };

export interface PageParams {
  limit?: number;
  starting_after?: string;
  ending_before?: string;
}

/** Rows to page through, in the order of creation. */
interface Rows<O> {
  readonly length: number;
  at(position: number): O | undefined;
  position(id: string): number | undefined;
}

/** One page, newest first; reads from the cursor, so the cost does not depend on the position. */
export function readPage<O>(
  kind: string,
  table: Rows<O>,
  { limit = 10, starting_after, ending_before }: PageParams,
  matches: (object: O) => boolean,
): { data: O[]; has_more: boolean } {
  const after = starting_after === undefined ? table.length : cursor(kind, table, starting_after, "starting_after");
  const before = ending_before === undefined ? -1 : cursor(kind, table, ending_before, "ending_before");
  if (starting_after !== undefined && ending_before !== undefined) {
    throw invalid("Received both starting_after and ending_before parameters. Please pass in only one.");
  }
  const [start, step] = ending_before === undefined ? [after - 1, -1] : [before + 1, 1];

  const data: O[] = [];
  for (let position = start; position >= 0 && position < table.length; position += step) {
    const object = table.at(position);
    if (object === undefined || !matches(object)) continue;
    if (data.length === limit) return { data: step < 0 ? data : data.toReversed(), has_more: true };
    data.push(object);
  }
  return { data: step < 0 ? data : data.toReversed(), has_more: false };
}

function cursor(kind: string, table: Rows<unknown>, id: string, param: string): number {
  const position = table.position(id);
  if (position === undefined) throw noSuch(kind, id, param);
  return position;
}
