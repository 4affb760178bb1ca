import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Failure } from "../lib/failure.ts";
import { planConfig } from "./config.ts";

const source = {
  settings: new Map([["pay", { verify_jwt: false, entrypoint: "./functions/_billing/pay/index.ts" }]]),
  clerk: { enabled: true, domain: "env(CLERK_DOMAIN)" },
};
const PAY = `[functions.pay]\nverify_jwt = false\nentrypoint = "./functions/_billing/pay/index.ts"\n`;
const CLERK = `[auth.third_party.clerk]\nenabled = true\ndomain = "env(CLERK_DOMAIN)"\n`;
const COMMENT = `# Billing: the blocks below are managed by "npm run adopt" of the billing backend.\n\n`;

const states = ({ changes }: ReturnType<typeof planConfig>) => changes.map(({ block, state }) => `${state} ${block}`);

Deno.test("planConfig appends missing blocks and leaves every other byte", () => {
  const theirs = "# Theirs\nproject_id = 'app'   # a comment\n";
  const { text, conflicts } = planConfig(theirs, source, {});
  assertEquals(text, `${theirs}\n${COMMENT}${PAY}\n${CLERK}`);
  assertEquals(conflicts, []);
  assertEquals(states(planConfig(text, source, {})), [
    "unchanged [functions.pay]",
    "unchanged [auth.third_party.clerk]",
  ]);
  assertEquals(planConfig(text, source, {}).text, text);
});

Deno.test("planConfig appends with the line endings of the file", () => {
  const { text } = planConfig("project_id = 'app'\r\n", source, {});
  assert(!/[^\r]\n/.test(text));
  assertEquals(planConfig(text, source, {}).text, text);
});

Deno.test("planConfig enables the Clerk block that supabase init writes, and only that", () => {
  const before =
    '[auth.third_party.clerk]\n# enabled = false\nenabled = false\n# domain = "x"\n\n[storage]\nenabled = false\n';
  const { text, conflicts } = planConfig(before + PAY, source, {});
  assertEquals(conflicts, []);
  assertEquals(
    text,
    before.replace("\nenabled = false", `\nenabled = true\ndomain = "env(CLERK_DOMAIN)"`) + PAY,
  );
  const own = `${PAY}[auth.third_party.clerk]\ndomain = "clerk.example.com"\n`;
  assertStringIncludes(planConfig(own, source, {}).text, `clerk]\nenabled = true\ndomain = "clerk.example.com"`);
  const enabled = `${PAY}[auth.third_party.clerk]\nenabled = true\ndomain = "clerk.example.com"\n`;
  assertEquals(planConfig(enabled, source, {}).text, enabled);
});

Deno.test("planConfig reports another enabled third-party provider", () => {
  const { conflicts } = planConfig("[auth.third_party.auth0]\nenabled = true\n", source, {});
  assertEquals(conflicts.map(({ subject }) => subject), ["supabase/config.toml [auth.third_party.auth0]"]);
});

Deno.test("planConfig reports the project's own function of the same name", () => {
  const { conflicts } = planConfig(`[functions."pay"]\nverify_jwt = true\n`, source, {});
  assertStringIncludes(conflicts[0]!.advice, "--without pay");
});

Deno.test("planConfig reports a form to which no block can be appended", () => {
  const { conflicts } = planConfig("functions = { hello = { verify_jwt = true } }\n", source, {});
  assertEquals(conflicts.map(({ subject }) => subject), ["supabase/config.toml"]);
  assertThrows(() => planConfig("a = = 1", source, {}), Failure, "not valid TOML");
});

Deno.test("planConfig updates and removes its own blocks, and reports those that were changed", () => {
  const old = "[functions.pay]\nverify_jwt = false\n";
  const updated = planConfig(`a = 1\n\n${old}\n${CLERK}`, source, { pay: old });
  assertEquals([updated.text, updated.conflicts], [`a = 1\n\n${PAY}\n${CLERK}`, []]);

  const removed = planConfig(`a = 1\n\n${old}\n${CLERK}`, { ...source, settings: new Map() }, { pay: old });
  assertEquals([removed.text, removed.conflicts], [`a = 1\n\n${CLERK}`, []]);

  const edited = `[functions.pay]\nverify_jwt = true\n${CLERK}`;
  assertEquals(planConfig(edited, source, { pay: old }).conflicts.length, 1);
  assertEquals(planConfig(edited, { ...source, settings: new Map() }, { pay: old }).conflicts.length, 1);
  assertEquals(states(planConfig(edited, source, { pay: PAY }))[0], "keep [functions.pay]");
});

Deno.test("planConfig notes settings with which the backend does not work", () => {
  const { notes } = planConfig(
    `[api]\nenabled = false\nschemas = ["api"]\n[db]\nmajor_version = 14\n[db.migrations]\nenabled = false\nschema_paths = ["./schemas/*.sql"]\n[edge_runtime]\ndeno_version = 1\n`,
    source,
    {},
  );
  assertEquals(notes.length, 6);
});
