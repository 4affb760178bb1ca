/** The Supabase CLI on a hosted project. It runs in the build folder and writes neither to the checkout nor to `~`. */
import { Failure } from "../../lib/failure.ts";
import type { Processes } from "../../lib/processes.ts";
import { PUSH, runSupabase } from "../../lib/supabase_cli.ts";
import type { Build } from "./build.ts";
import type { Project } from "../target/project.ts";

/** Passed to the CLI from the shell: proxy settings, and a profile with another URL of the management API. */
const INHERITED = [
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

const CONNECTION_HINT =
  "If the CLI could not connect: copy the session pooler's connection string from the dashboard (Connect), " +
  "insert the database password and export it as SUPABASE_DB_URL";

export interface ProjectCli {
  /** @throws Failure when the token or the reference is wrong */
  link(): Promise<void>;
  /** Applies pending migrations. @returns The names of those that were applied. */
  pushMigrations(): Promise<string[]>;
  /** @throws Failure unless every function's file was uploaded, even when the CLI reports success */
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
        ...inherited(),
      },
    });
    const output = `${stdout}\n${stderr}`.trim();
    const command = args.filter((arg) => !arg.startsWith("-")).join(" ");
    if (!success) throw new Failure(`"supabase ${command}" failed: ${withoutSecrets(output, project)}`);
    return output;
  }

  return {
    async link() {
      await supabase("link", `--project-ref=${project.ref}`, "--yes");
    },
    async pushMigrations() {
      const target = project.databaseUrl === undefined ? remote : `--remote=${project.databaseUrl}`;
      const output = await supabase(...PUSH, target).catch((cause) => {
        if (!(cause instanceof Failure) || project.databaseUrl !== undefined) throw cause;
        throw new Failure(`${cause.message}\n${CONNECTION_HINT}`);
      });
      return [...output.matchAll(/Applying migration (\S+?)(?:\.{3}|$)/gm)].map(([, name]) => name ?? "");
    },
    async deployFunctions() {
      const output = await supabase("functions", "deploy", "--yes", "--use-api", remote);
      const missing = functions.filter(({ name, entrypoint }) =>
        !output.includes(`Uploading asset (${name}): ${entrypoint}`)
      );
      if (missing.length === 0 && !/\bWARN/.test(output)) return;
      const names = missing.map(({ name }) => `"${name}"`).join(", ");
      throw new Failure(
        `"supabase functions deploy" ${names === "" ? "printed a warning" : `did not upload ${names}`}. ` +
          `Deploy again, because the deployed functions may be broken. Its output:\n${withoutSecrets(output, project)}`,
      );
    },
  };
}

function inherited(): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** The CLI prints the connection string when it cannot connect. */
function withoutSecrets(output: string, { accessToken, databasePassword, databaseUrl }: Project): string {
  const password = databaseUrl === undefined ? undefined : URL.parse(databaseUrl)?.password;
  return [accessToken, databasePassword, password]
    .filter((secret) => secret !== undefined && secret !== "")
    .reduce<string>((text, secret) => text.replaceAll(secret!, "…"), output);
}
