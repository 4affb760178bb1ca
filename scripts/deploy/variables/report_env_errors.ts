/**
 * Prints what is wrong with the environment that it runs in, as a JSON list: `report_variables.ts <URL of env.ts>`, on
 * the platform's Deno. So the rules stay in env.ts alone.
 */
const [module = ""] = Deno.args;
const settings: Record<string, unknown> = await import(module);
const problems = new Set<string>();

for (const read of Object.values(settings)) {
  if (typeof read !== "function") continue;
  try {
    read();
  } catch (error) {
    const { message, cause } = error as Error;
    problems.add(cause instanceof Error ? cause.message : message);
  }
}
console.log(JSON.stringify([...problems]));
