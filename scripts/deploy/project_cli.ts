/** The Supabase CLI on a hosted project, from the build folder: it leaves nothing in the checkout or the user's home. */
import { Failure } from "../lib/failure.ts";
import type { Processes } from "../lib/processes.ts";
import { runSupabase } from "../lib/supabase_cli.ts";
import type { Build } from "./build.ts";
import type { Project } from "./project.ts";

/** What a way through a proxy needs, and another address of the management API. */
const PASSED_ON = [
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
  "http_proxy",
  "https_proxy",
  "no_proxy",
  "SSL_CERT_FILE",
  "NODE_EXTRA_CA_CERTS",
  "SUPABASE_PROFILE",
];

const OTHER_WAY =
  "If it could not connect: copy the session pooler's connection string from the dashboard (Connect), " +
  "put the password into it and export it as SUPABASE_DB_URL";

export interface ProjectCli {
  /** @throws Failure when the token or the reference is wrong */
  link(): Promise<void>;
  /** Applies what is new in the migrations. @returns The names of what was applied. */
  pushMigrations(): Promise<string[]>;
  /** @throws Failure when not every function was uploaded whole, whatever the CLI thinks of it */
  deployFunctions(): Promise<void>;
}

export function projectCli(project: Project, { folder, functions }: Build, processes: Processes): ProjectCli {
  const remote = `--remote=${project.ref}`;

  async function supabase(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await runSupabase([`--workdir=${folder}`, "--agent=no", ...args], {
      processes,
      env: {
        SUPABASE_NO_KEYRING: "1",
        SUPABASE_ACCESS_TOKEN: project.accessToken,
        ...(project.databasePassword === undefined ? {} : { SUPABASE_DB_PASSWORD: project.databasePassword }),
        ...passedOn(),
      },
    });
    const said = `${stdout}\n${stderr}`.trim();
    const command = args.filter((arg) => !arg.startsWith("-")).join(" ");
    if (!success) throw new Failure(`"supabase ${command}" failed: ${withoutSecrets(said, project)}`);
    return said;
  }

  return {
    async link() {
      await supabase("link", `--project-ref=${project.ref}`, "--yes");
    },
    async pushMigrations() {
      const target = project.databaseUrl === undefined ? remote : `--remote=${project.databaseUrl}`;
      const said = await supabase("db", "push", "--yes", "--skip-vault", target).catch((cause) => {
        if (!(cause instanceof Failure) || project.databaseUrl !== undefined) throw cause;
        throw new Failure(`${cause.message}\n${OTHER_WAY}`);
      });
      return [...said.matchAll(/Applying migration (\S+?)(?:\.{3}|$)/gm)].map(([, name]) => name ?? "");
    },
    async deployFunctions() {
      const said = await supabase("functions", "deploy", "--yes", "--use-api", remote);
      const missing = functions.filter(({ name, entrypoint }) =>
        !said.includes(`Uploading asset (${name}): ${entrypoint}`)
      );
      if (missing.length === 0 && !/\bWARN/.test(said)) return;
      const names = missing.map(({ name }) => `"${name}"`).join(", ");
      throw new Failure(
        `"supabase functions deploy" ${names === "" ? "warned" : `did not upload ${names}`}: run it again, ` +
          `because what runs now may be broken. It said:\n${withoutSecrets(said, project)}`,
      );
    },
  };
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** The CLI repeats the address that it was given when it cannot connect. */
function withoutSecrets(said: string, { accessToken, databasePassword, databaseUrl }: Project): string {
  const password = databaseUrl === undefined ? undefined : URL.parse(databaseUrl)?.password;
  return [accessToken, databasePassword, password]
    .filter((secret) => secret !== undefined && secret !== "")
    .reduce<string>((text, secret) => text.replaceAll(secret!, "…"), said);
}
