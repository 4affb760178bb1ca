/** A project as the Supabase CLI makes it, with a function, a migration and variables of its own, and its database. */
import { ROOT } from "../../lib/paths.ts";
import { supabaseCli } from "../../lib/programs.ts";
import { connect, readSql } from "../../lib/database.ts";
import { createTestStack } from "../../testbed/client.ts";
import { PROJECT, without } from "./fixtures.ts";
import { createFolder, type Folder, type Tree, writeTree } from "./trees.ts";

/** Where `supabase` writes what it keeps for a user. */
const HOME = Deno.makeTempDirSync({ prefix: "adopt-home-" });
globalThis.addEventListener("unload", () => Deno.removeSync(HOME, { recursive: true }));

/** Runs the Supabase CLI in a project. @throws Error with its output when it fails */
export async function supabase(project: string, args: string[], env: Record<string, string> = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(supabaseCli(), {
    args: [`--workdir=${project}`, "--agent=no", "--yes", ...args],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME,
      DO_NOT_TRACK: "1",
      NO_COLOR: "1",
      SUPABASE_NO_KEYRING: "1",
      SUPABASE_TELEMETRY_DISABLED: "1",
      ...env,
    },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  const said = text.decode(stdout) + text.decode(stderr);
  if (!success) throw new Error(`supabase ${args.join(" ")}: ${said}`);
  return said;
}

/** A project that `supabase init` made, with what {@link PROJECT} has. */
export async function createProject(): Promise<Folder> {
  const folder = createFolder();
  await supabase(folder.path, ["init"]);
  writeTree(folder.path, without(PROJECT, "supabase/config.toml"));
  const config = `${folder.path}/supabase/config.toml`;
  Deno.writeTextFileSync(config, `${Deno.readTextFileSync(config)}\n[functions.hello]\nverify_jwt = true\n`);
  return folder;
}

/** A copy of what this repository offers, to be changed by a test. */
export function copyRepository(): Folder {
  const tree: Record<string, string> = {};
  const copy = (path: string) => {
    if (!Deno.statSync(`${ROOT}/${path}`).isDirectory) tree[path] = Deno.readTextFileSync(`${ROOT}/${path}`);
    else for (const { name } of Deno.readDirSync(`${ROOT}/${path}`)) if (name !== ".temp") copy(`${path}/${name}`);
  };
  ["package.json", ".env.example", "supabase"].forEach(copy);
  return createFolder(tree as Tree);
}

export interface ProjectDatabase extends AsyncDisposable {
  sql(query: string): Promise<Record<string, unknown>[]>;
  /** Runs `supabase db push` as a person does. @returns The files that it applied. */
  push(project: string): Promise<string[]>;
}

/** A database as a new hosted project's. */
export async function createDatabase(): Promise<ProjectDatabase> {
  await using made = new AsyncDisposableStack();
  const stack = made.use(await createTestStack());
  const name = `adopt_${crypto.randomUUID().replaceAll("-", "")}`;
  const urlOf = (role: string, database: string) =>
    Object.assign(new URL(stack.database_url), { username: role, password: role, pathname: `/${database}` }).href;

  const admin = connect(urlOf("supabase_admin", "postgres"));
  made.defer(() => admin.end());
  await admin`create database ${admin(name)} template template0 owner postgres`;
  made.defer(async () => void await admin`drop database ${admin(name)} with (force)`);
  const setup = connect(urlOf("supabase_admin", name));
  await setup.unsafe(readSql("database.sql") + readSql("newer_privileges.sql"));
  await setup.end();

  const sql = connect(urlOf("postgres", name));
  made.defer(() => sql.end());
  const open = made.move();
  return {
    sql: async (query) => [...await sql.unsafe(query)],
    async push(project) {
      const said = await supabase(project, [
        "db",
        "push",
        "--skip-vault",
        `--remote=${urlOf("postgres", name)}?sslmode=disable`,
      ]);
      return [...said.matchAll(/Applying migration (\S+?\.sql)/g)].map(([, file]) => file ?? "");
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
