/** Every function is declared to the platform, and runs on the tested versions. */
import { assertEquals, assertMatch } from "@std/assert";
import { read, sourceFiles } from "./source_files.ts";

const endpoints = [...sourceFiles("supabase/functions", "index.ts")].map((path) => path.split("/")[2]!).sort();
const config = read("supabase/config.toml");

// With verify_jwt the gateway would refuse Clerk's users and Stripe's webhooks.
Deno.test("Every function is declared with verify_jwt = false and the one import map", () => {
  const declared = [
    ...config.matchAll(/\[functions\.([\w-]+)\]\nverify_jwt = false\nimport_map = "\.\/functions\/deno\.json"\n/g),
  ];
  assertEquals(declared.map(([, name]) => name), endpoints);
  assertEquals(config.match(/^\[functions\./gm)?.length, endpoints.length);
});

Deno.test("Every endpoint is one call of serve, with its test beside it", () => {
  for (const endpoint of endpoints) {
    assertMatch(
      read(`supabase/functions/${endpoint}/index.ts`),
      new RegExp(`^export default serve\\("${endpoint}", \\{`, "m"),
    );
    assertMatch(read(`supabase/functions/${endpoint}/index_test.ts`), /Deno\.test\(/);
  }
});

Deno.test("The functions import exactly the versions of package.json", () => {
  const { devDependencies } = JSON.parse(read("package.json")) as { devDependencies: Record<string, string> };
  const { imports } = JSON.parse(read("supabase/functions/deno.json")) as { imports: Record<string, string> };
  for (const specifier of Object.values(imports).filter((specifier) => specifier.startsWith("npm:"))) {
    const [, name, version] = specifier.match(/^npm:((?:@[^/]+\/)?[^@/]+)@([^/]+)/) ?? [];
    assertEquals(version, devDependencies[name!], specifier);
  }
});

Deno.test("Every version in package.json is exact", () => {
  const { devDependencies } = JSON.parse(read("package.json")) as { devDependencies: Record<string, string> };
  for (const version of Object.values(devDependencies)) assertMatch(version, /^(npm:\w+@)?\d+\.\d+\.\d+(-[\w.]+)?$/);
});
