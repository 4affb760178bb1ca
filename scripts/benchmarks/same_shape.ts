/** Ensures that a comparison is fair. @throws Error naming the fields that only one of the answers has */
export function requireSameShape(name: string, own: unknown, other: unknown): void {
  const [ours, others] = [fieldsOf(own), fieldsOf(other)];
  const different = [...new Set([...ours, ...others])].filter((field) => !ours.has(field) || !others.has(field));
  if (different.length > 0) {
    throw new Error(`The baseline of "${name}" answers with different fields: ${different.join(", ")}`);
  }
}

/** The fields of an answer and of a list's first item. */
function fieldsOf(answer: unknown): Set<string> {
  const { data } = answer as { data?: unknown };
  const item = Array.isArray(data) ? Object.keys(data[0] ?? {}).map((field) => `data.${field}`) : [];
  return new Set([...Object.keys(answer as object), ...item]);
}
