/** The client as npm gets it: JavaScript and declarations, made by Deno. */
import { ROOT } from "../lib/paths.ts";

const FOLDER = `${ROOT}/packages/client`;

/** What Deno's package.json lacks. Bundlers leave out what is not used of a package without side effects. */
const MANIFEST = {
  description: "A typed client for the Stripe billing functions of a Supabase project",
  sideEffects: false,
};

/** Writes the tarball. @throws Error with the output of the program that failed */
export async function packClient(file: string): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(Deno.execPath(), ["pack", "--quiet", "--allow-dirty", "--no-source-maps", "-o", `${folder}/deno.tgz`]);
    await run("tar", ["-xzf", `${folder}/deno.tgz`, "-C", folder]);
    const manifest = `${folder}/package/package.json`;
    const { name, version, ...rest } = JSON.parse(await Deno.readTextFile(manifest));
    await Deno.writeTextFile(manifest, JSON.stringify({ name, version, ...MANIFEST, ...rest }, null, 2));
    await Deno.copyFile(`${ROOT}/LICENSE`, `${folder}/package/LICENSE`);
    await run("tar", ["-czf", file, "-C", folder, "package"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd: FOLDER }).output();
  if (success) return;
  const text = new TextDecoder();
  throw new Error(`"${command} ${args.join(" ")}" failed: ${text.decode(stdout)}${text.decode(stderr)}`);
}
