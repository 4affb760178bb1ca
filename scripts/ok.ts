/** `npm run ok`: the one gate, every check that a change must pass. */
import { runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { runDeno } from "./lib/run_deno.ts";

const GATES: [string, string[]][] = [
  ["Format", ["scripts/fmt.ts", "--check"]],
  ["Lint", ["scripts/lint.ts"]],
  ["Types", ["scripts/check.ts"]],
  ["Generated types", ["scripts/types.ts", "--check"]],
  ["Tests, proofs in full size", ["scripts/test.ts", "--full"]],
];

await runCommand(async () => {
  for (const [name, [script = "", ...args]] of GATES) {
    console.log(`\n${name}`);
    const code = await runDeno(["run", "--allow-all", "--unstable-no-legacy-abort", script, ...args]);
    if (code !== 0) throw new Failure(`\n${name}: failed`);
  }
});
