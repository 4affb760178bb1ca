/** Runs `work` for each item: they start in their order, so many at once. */
export async function forEach<Item>(
  items: Iterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const waiting = [...items].values();
  await Promise.all(Array.from({ length: concurrency }, async () => {
    for (const item of waiting) await work(item);
  }));
}
