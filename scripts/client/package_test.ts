/** The client as npm and JSR publish it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { build } from "esbuild";
import { publint } from "publint";
import { ROOT } from "../lib/paths.ts";

/** Bytes of all that an application loads: the minified client, compressed. 15 % above what it was. */
const MAX_GZIP = 2_500;

const TSC = `${ROOT}/node_modules/typescript/bin/tsc`;

async function run(command: string, args: string[], cwd: string) {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd, stdin: "null" }).output();
  const text = new TextDecoder();
  return { code, output: text.decode(stdout) + text.decode(stderr) };
}

const USE = `
import { BillingError, createBilling, type SubscriptionState, type SupabaseLike } from "@clerk-stripe-supabase/client";

declare const supabase: SupabaseLike;
createBilling({ url: "https://billing.example.com", getToken: () => Promise.resolve(null) });
const billing = createBilling(supabase);
export const state: Promise<SubscriptionState> = billing.subscription.get();
export const isForbidden = (error: unknown): boolean => BillingError.is(error, "forbidden");
// @ts-expect-error an unknown field
billing.products.page({ limits: 3 });
`;

Deno.test("the client for npm", async (t) => {
  const folder = await Deno.makeTempDir();
  await using _folder = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  const tarball = `${folder}/client.tgz`;
  const packed = await run("node", ["--", "scripts/run.mjs", "client:pack", tarball], ROOT);
  assertEquals(packed.code, 0, packed.output);

  await Deno.writeTextFile(`${folder}/package.json`, '{"private": true, "type": "module"}');
  const args = ["install", "--offline", "--no-audit", "--no-fund", tarball];
  const { code, output } = await run("npm", args, folder);
  assertEquals(code, 0, output);
  const installed = `${folder}/node_modules/@clerk-stripe-supabase/client`;

  await t.step("publint finds nothing", async () => {
    const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
    assertEquals(messages, []);
  });

  await t.step("it has each module once, without tests, and no dependency", async () => {
    const files = [...Deno.readDirSync(installed)].map(({ name }) => name).toSorted();
    for (const file of ["LICENSE", "README.md", "mod.js", "mod.d.ts", "package.json"]) {
      assert(files.includes(file), file);
    }
    assertEquals(files.filter((file) => /test|\.map$|(?<!\.d)\.ts$/.test(file)), []);
    const { dependencies, peerDependencies, sideEffects } = JSON.parse(
      await Deno.readTextFile(`${installed}/package.json`),
    );
    assertEquals([dependencies, peerDependencies, sideEffects], [undefined, undefined, false]);
  });

  await Deno.writeTextFile(`${folder}/use.ts`, USE);
  for (const [module, moduleResolution] of [["esnext", "bundler"], ["nodenext", "nodenext"]]) {
    await t.step(`TypeScript accepts it under ${moduleResolution}, and finds a wrong argument`, async () => {
      const compilerOptions = {
        module,
        moduleResolution,
        target: "es2022",
        lib: ["es2023", "dom", "dom.iterable"],
        strict: true,
        noEmit: true,
        exactOptionalPropertyTypes: true,
        skipDefaultLibCheck: true,
        types: [],
      };
      const config = { compilerOptions, files: ["use.ts"] };
      await Deno.writeTextFile(`${folder}/tsconfig.json`, JSON.stringify(config));
      const { code, output } = await run("node", [TSC, "-p", folder], folder);
      assertEquals(code, 0, output);
    });
  }

  await t.step("Node runs it", async () => {
    const program = `
      import { BillingError, createBilling } from "@clerk-stripe-supabase/client";
      const invoke = async (name) => ({ data: { name, entitlements: ["reports"] }, error: null });
      const state = await createBilling({ functions: { invoke } }).subscription.get({ sync: true });
      console.log(state.name, state.hasEntitlement("reports"), BillingError.is(new Error()));
    `;
    const { output } = await run("node", ["--input-type=module", "--eval", program], folder);
    assertEquals(output, "stripe-subscription?sync=true true false\n");
  });

  await t.step(`a page loads at most ${MAX_GZIP} bytes of it`, async () => {
    const bundle = async (contents: string) => {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: folder },
        bundle: true,
        minify: true,
        format: "esm",
        write: false,
        logLevel: "error",
      });
      const { readable, writable } = new CompressionStream("gzip");
      new Response(outputFiles![0]!.contents as Uint8Array<ArrayBuffer>).body!.pipeTo(writable);
      return (await new Response(readable).arrayBuffer()).byteLength;
    };
    const size = await bundle('export * from "@clerk-stripe-supabase/client"');
    assert(size <= MAX_GZIP, `${size} bytes`);
    assert(await bundle('import "@clerk-stripe-supabase/client"') < 50, "what is not used is left out");
  });
});

Deno.test("JSR accepts the client, without slow types", async () => {
  const { code, output } = await run(
    Deno.execPath(),
    ["publish", "--dry-run", "--allow-dirty"],
    `${ROOT}/packages/client`,
  );
  assertEquals(code, 0, output);
  assertStringIncludes(output, "Dry run complete");
  assertEquals(output.match(/packages\/client\/\S+_test\.ts|packages\/client\/testing/g), null);
});
