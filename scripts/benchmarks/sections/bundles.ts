/** How large each function is as it is deployed: the platform loads all of it for each isolate. */
import { functionNames } from "../../lib/functions.ts";
import type { BenchmarkContext } from "../context.ts";
import { type Row, rowOf } from "../report.ts";
import type { RowFilter } from "../row_filter.ts";

export const BUNDLES = "bundles";

export async function measureBundles(context: BenchmarkContext, includes: RowFilter): Promise<Row[]> {
  const names = functionNames().filter((name) => includes(BUNDLES, name));
  if (names.length === 0) return [];
  const { folder, functions } = await context.build();
  const chosen = functions.filter(({ name }) => names.includes(name));
  return await Promise.all(chosen.map(async ({ name, entrypoint, bytes }) => {
    const gzip_kb = await gzipped(`${folder}/${entrypoint}`) / 1_000;
    return rowOf(BUNDLES, name, { deployed: [{ bundle_kb: bytes / 1_000, gzip_kb }] });
  }));
}

/** @returns Bytes */
async function gzipped(path: string): Promise<number> {
  const { readable } = await Deno.open(path);
  let bytes = 0;
  for await (const chunk of readable.pipeThrough(new CompressionStream("gzip"))) bytes += chunk.length;
  return bytes;
}
