/** The page cache of a function is smaller: cycling through this many queries, each one misses it. */
const MORE_THAN_CACHED = 200;

/** Queries for pages of about twenty rows from all parts of a list, enough that each one misses the page cache. */
export function distinctPages(name: string, ids: readonly string[]): string[] {
  const cursors = ids.slice(0, -20);
  const step = Math.max(1, cursors.length / 40);
  const paths: string[] = [];
  for (let limit = 20; paths.length < MORE_THAN_CACHED; limit--) {
    for (let index = 0; index < cursors.length; index += step) {
      paths.push(`/${name}?limit=${limit}&starting_after=${cursors[Math.floor(index)]}`);
    }
  }
  return paths;
}
