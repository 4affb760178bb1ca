/** So many pages a function remembers at most: of more queries in turn, each has been forgotten when it comes again. */
const MORE_THAN_REMEMBERED = 200;

/** Queries of pages with about twenty rows from all over a list; so many that each misses the memory of pages. */
export function distinctPages(name: string, ids: readonly string[]): string[] {
  const cursors = ids.slice(0, -20);
  const step = Math.max(1, cursors.length / 40);
  const paths: string[] = [];
  for (let limit = 20; paths.length < MORE_THAN_REMEMBERED; limit--) {
    for (let index = 0; index < cursors.length; index += step) {
      paths.push(`/${name}?limit=${limit}&starting_after=${cursors[Math.floor(index)]}`);
    }
  }
  return paths;
}
