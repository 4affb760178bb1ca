/**
 * `report_env_errors.ts <URL of env.ts>`, on the platform's Deno: prints the problems of its environment as a JSON list.
 * The rules are only in env.ts.
 */
const [module = ""] = Deno.args;
const settings: Record<string, unknown> = await import(module);
const problems = new Set<string>();

for (const read of Object.values(settings)) {
  if (typeof read !== "function") continue;
  try {
    await read();
  } catch (error) {
    const { message, cause } = error as Error;
    problems.add(cause instanceof Error ? cause.message : message);
  }
}
console.log(JSON.stringify([...problems]));
