import { assertEquals } from "@std/assert";
import { bundle } from "./bundle.ts";
import { edgeDeno } from "./programs.ts";

Deno.test("A bundle loads modules of CommonJS as Node does, whatever names the minifier chooses", async () => {
  const folder = Deno.makeTempDirSync();
  // The minifier's shortest names are of the most frequent characters.
  const kinds = { words: "e", dollars: "$" };
  for (const [kind, character] of Object.entries(kinds)) {
    const frequent = `function ${character.repeat(90)}() {}`;
    const exported = 'exports.__esModule = true; exports.separator = () => require("node:path").sep;';
    Deno.writeTextFileSync(`${folder}/${kind}.cjs`, frequent + exported);
    Deno.writeTextFileSync(
      `${folder}/${kind}.ts`,
      `import module from "./${kind}.cjs"; console.log(module.separator());`,
    );
  }
  await bundle(Object.keys(kinds).map((kind) => `${folder}/${kind}.ts`), `${folder}/bundles`);

  for (const kind of Object.keys(kinds)) {
    const { stdout, stderr } = await new Deno.Command(edgeDeno(), {
      args: ["run", "--no-config", "--cached-only", `${folder}/bundles/${kind}.js`],
      env: { DENO_NO_UPDATE_CHECK: "1", DENO_NO_PACKAGE_JSON: "1" },
    }).output();
    const [answer, error] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assertEquals(answer, "/\n", error);
  }
  Deno.removeSync(folder, { recursive: true });
});
