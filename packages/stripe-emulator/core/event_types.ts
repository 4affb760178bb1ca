/** Whether an event type matches a pattern, which may end with `*`, such as `customer.*`. */
export const matchesType = (pattern: string, type: string): boolean =>
  pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
