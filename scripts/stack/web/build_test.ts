import { assert, assertEquals, assertRejects } from "@std/assert";
import { exists } from "../../lib/files.ts";
import { missingForWebApp, webVariables } from "../../lib/web_app.ts";
import { createProcesses } from "../../lib/processes.ts";
import { buildWebApp } from "./build.ts";

const stack = { publishable_key: "sb_publishable_x", clerk_publishable_key: "pk_test_x", isLocalClerk: true };

const ignore = missingForWebApp() !== undefined;

Deno.test("the app is built with its variables, and again only after a change of them", { ignore }, async () => {
  const root = Deno.makeTempDirSync();
  const folder = `${root}/web`;
  const processes = createProcesses();
  const build = (url: string) => buildWebApp({ folder, variables: webVariables({ ...stack, url }), processes });
  const script = () => {
    const [{ name } = { name: "" }] = [...Deno.readDirSync(`${folder}/assets`)].filter(({ name }) =>
      /\.js$/.test(name)
    );
    return Deno.readTextFileSync(`${folder}/assets/${name}`);
  };
  try {
    assertEquals(await build("http://127.0.0.1:1"), true);
    assert(script().includes("http://127.0.0.1:1") && script().includes("/__clerk"));
    assertEquals(await build("http://127.0.0.1:1"), false);
    assertEquals(await build("http://127.0.0.1:2"), true);
    assert(script().includes("http://127.0.0.1:2") && !script().includes("http://127.0.0.1:1"));

    // A build that fails leaves the last one.
    await processes.stop();
    await assertRejects(() => build("http://127.0.0.1:3"));
    assert(exists(`${folder}/index.html`) && script().includes("http://127.0.0.1:2"));
    assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), ["web"]);
  } finally {
    await processes.stop();
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("with a real Clerk the app has no proxy", () => {
  const { VITE_CLERK_PROXY_URL } = webVariables({ ...stack, isLocalClerk: false, url: "http://127.0.0.1:1" });
  assertEquals(VITE_CLERK_PROXY_URL, "");
});
