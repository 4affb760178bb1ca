import { exists } from "../lib/files.ts";
import { postgresHome } from "../lib/programs.ts";

/**
 * PostgreSQL's programs, ready to run. npm packages contain no symbolic links and may lose the execute permission, and the
 * package's own install script does not run everywhere.
 */
export function preparePostgres(): { postgres: string; initdb: string } {
  const home = postgresHome();
  const links: { source: string; target: string }[] = exists(`${home}/pg-symlinks.json`)
    ? JSON.parse(Deno.readTextFileSync(`${home}/pg-symlinks.json`))
    : [];
  for (const { source, target } of links) {
    const link = `${home}/../${target}`;
    if (!exists(link)) Deno.symlinkSync(source.slice(source.lastIndexOf("/") + 1), link);
  }
  const programs = { postgres: `${home}/bin/postgres`, initdb: `${home}/bin/initdb` };
  for (const program of Object.values(programs)) {
    if (((Deno.statSync(program).mode ?? 0o111) & 0o111) === 0) Deno.chmodSync(program, 0o755);
  }
  return programs;
}
