type Fields = Record<string, unknown>;

/**
 * The previous values of what an update changed: https://docs.stripe.com/api/events/object#event_object-data. Of an
 * object only the fields that differ, null for new ones; of a list all of it.
 *
 * @returns undefined when nothing changed
 */
export function previousAttributes(before: object, after: object): object | undefined {
  const previous: Fields = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [(before as Fields)[name], (after as Fields)[name]];
    if (isObject(was) && isObject(is)) {
      const inside = previousAttributes(was, is);
      if (inside) previous[name] = inside;
    } else if (JSON.stringify(was) !== JSON.stringify(is)) previous[name] = was ?? null;
  }
  return Object.keys(previous).length === 0 ? undefined : previous;
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);
