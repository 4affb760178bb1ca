/** Whether a type is meant by another one, whose end may be a `*`, such as `customer.*`. */
export const matchesType = (wanted: string, type: string): boolean =>
  wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
