/** How much a test searches, from an environment variable. @throws Error when the value is not a whole number */
export function countFromEnv(variable: string, standard: number, least: number): number {
  const text = Deno.env.get(variable) ?? `${standard}`;
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < least) {
    throw new Error(`Invalid value for ${variable}: "${text}", expected a whole number of at least ${least}`);
  }
  return count;
}
