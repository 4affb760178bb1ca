/** That a comparison is fair: both answers have the same fields. @throws Error naming those that differ */
export function requireSameShape(name: string, our: unknown, other: unknown): void {
  const [ours, others] = [fieldsOf(our), fieldsOf(other)];
  const different = [...new Set([...ours, ...others])].filter((field) => !ours.has(field) || !others.has(field));
  if (different.length > 0) {
    throw new Error(`The plain "${name}" answers other fields than ours: ${different.join(", ")}`);
  }
}

/** The fields of an answer and of a list's first item. */
function fieldsOf(answer: unknown): Set<string> {
  const { data } = answer as { data?: unknown };
  const item = Array.isArray(data) ? Object.keys(data[0] ?? {}).map((field) => `data.${field}`) : [];
  return new Set([...Object.keys(answer as object), ...item]);
}
