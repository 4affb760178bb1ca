import { assertEquals, assertStringIncludes } from "@std/assert";
import { announceStack } from "./deploy/testing/announce_stack.ts";
import { runCommandLine, SHELL } from "./deploy/testing/run_command_line.ts";
import { startTestStack } from "./deploy/testing/test_stack.ts";

Deno.test("types:catalog writes the keys of the account, and --check finds a file that is stale", async () => {
  await using stack = await startTestStack({ seed: true });
  using announced = announceStack(stack);
  const folder = await Deno.makeTempDir();
  const file = `${folder}/catalog.ts`;
  const run = async (args: string[], env = SHELL) => await runCommandLine("types:catalog", args, env);
  const ofStack = ["--port", announced.port];

  const missing = await run([file, "--check", ...ofStack]);
  assertEquals(missing.code, 1, missing.output);
  assertStringIncludes(missing.output, "is stale");

  const first = await run([file, ...ofStack]);
  assertEquals(first.code, 0, first.output);
  const written = await Deno.readTextFile(file);
  for (const key of ["team_monthly", "business_yearly", "reports", "single_sign_on"]) {
    assertStringIncludes(written, `| "${key}"`);
  }
  assertEquals(written.includes("solo_monthly"), false, "its product is archived");
  assertEquals(written.includes("team_monthly_2024"), false, "it is archived");
  assertEquals((await run([file, "--check", ...ofStack])).code, 0);

  await Deno.writeTextFile(`${folder}/.env.test`, `STRIPE_SECRET_KEY=${stack.stripe_restricted_key}\n`);
  const restricted = await run([file, "--check", "--env-file", `${folder}/.env.test`], {
    ...SHELL,
    DEPLOY_EMULATORS: JSON.stringify({ stripe: stack.stripe_url }),
  });
  assertEquals(restricted.code, 0, `The documented permissions suffice: ${restricted.output}`);

  await fetch(`${stack.stripe_url}/v1/entitlements/features`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.stripe_secret_key}` },
    body: new URLSearchParams({ name: "Audit log", lookup_key: "audit_log" }),
  }).then((response) => response.body?.cancel());
  const stale = await run([file, "--check", ...ofStack]);
  assertEquals(stale.code, 1, stale.output);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("types:catalog without a file, and with a live key without --live, says what to do", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/.env.live`, "STRIPE_SECRET_KEY=rk_live_1\n");
  const cases: [string, string[]][] = [
    ["Name the file to write", []],
    ["is a live key: pass --live", [`${folder}/catalog.ts`, "--env-file", `${folder}/.env.live`]],
  ];
  for (const [text, args] of cases) {
    const { code, output } = await runCommandLine("types:catalog", args);
    assertEquals(code, 1, output);
    assertStringIncludes(output, text);
  }
  await Deno.remove(folder, { recursive: true });
});
