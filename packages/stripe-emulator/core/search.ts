import { invalid } from "./errors.ts";
import { integer, text } from "./params.ts";
import { parseSearchQuery, type SearchFields } from "./search_query.ts";
import type { Table } from "./table.ts";

export const searchParams = { query: text, limit: integer(1, 100), page: text };

export interface SearchParams {
  query: string;
  limit?: number;
  page?: string;
}

interface Searched {
  id: string;
  object: string;
  metadata?: Record<string, string> | null;
}

/** One page of a search in the lagging index, newest first. */
export function search<O extends Searched>(
  table: Table<O>,
  { query, limit = 10, page }: SearchParams,
  fields: SearchFields<O>,
): { data: O[]; has_more: boolean; next_page: string | null } {
  const matches = parseSearchQuery(query, fields);
  const data: O[] = [];
  let position = page === undefined ? table.length : readToken(page);
  while (--position >= 0) {
    const known = table.indexedAt(position);
    if (!known || !matches(known.indexed)) continue;
    if (data.length === limit) return { data, has_more: true, next_page: btoa(`search:${position + 1}`) };
    data.push(known.object);
  }
  return { data, has_more: false, next_page: null };
}

function readToken(page: string): number {
  try {
    const position = Number(atob(page).match(/^search:(\d+)$/)?.[1]);
    if (Number.isInteger(position)) return position;
  } catch { /* invalid base64 is an invalid token, as below */ }
  throw invalid("Invalid page token", "page");
}
