/**
 * `npm run lock`, after an `npm install` that changed package-lock.json: adds the optional packages of other platforms,
 * and writes the lock of the container image. npm leaves them out where it cannot see them, and `npm ci` then refuses
 * the lock there.
 */
import { type LockedPackage, type LockFile, type Missing, missingOptionals } from "./checks/lock_file.ts";
import { runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { ROOT } from "./lib/paths.ts";
import { denoLock } from "./server/deno_lock.ts";

const FILE = `${ROOT}/package-lock.json`;
const FUNCTIONS = `${ROOT}/supabase/functions`;
const PLATFORM = /[/-]([a-z]+(?:32)?)-(arm|arm64|ia32|loong64|mips64el|ppc64|riscv64|s390x|x64)(?:-(glibc|musl))?$/;

await runCommand(async () => {
  const lock: LockFile = JSON.parse(await Deno.readTextFile(FILE));
  const added = missingOptionals(lock).map((missing) => add(lock, missing));
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a < b ? -1 : 1));
  if (added.length > 0) await Deno.writeTextFile(FILE, `${JSON.stringify(lock, null, 2)}\n`);
  const { imports } = JSON.parse(await Deno.readTextFile(`${FUNCTIONS}/deno.json`));
  const written = denoLock(imports, JSON.parse(await Deno.readTextFile(FILE)));
  await Deno.writeTextFile(`${FUNCTIONS}/_server/deno.lock`, `${JSON.stringify(written, null, 2)}\n`);
  console.log(
    added.length === 0 ? "package-lock.json is complete" : `Added to package-lock.json:\n${added.join("\n")}`,
  );
});

/** @returns The path of the package in the lock: beside the package of this platform */
function add({ packages }: LockFile, { wantedBy, name, version }: Missing): string {
  const [, os, cpu, libc] = name.match(PLATFORM) ?? [];
  if (os === undefined || cpu === undefined || !/^\d/.test(version)) {
    throw new Failure(`"${wantedBy}" needs "${name}" ${version}, whose platform is unknown: run "npm install" again`);
  }
  const [place, sibling] = findSibling(packages, wantedBy, name, version);
  const libcs = libc !== undefined ? [libc] : os === "linux" ? sibling?.libc : undefined;
  const path = place + name;
  packages[path] = {
    version,
    cpu: [cpu],
    ...(packages[wantedBy]?.dev ? { dev: true } : {}),
    ...(libcs === undefined ? {} : { libc: libcs }),
    optional: true,
    os: [os === "windows" ? "win32" : os],
  };
  return path;
}

function findSibling(
  packages: LockFile["packages"],
  wantedBy: string,
  name: string,
  version: string,
): [string, LockedPackage | undefined] {
  const scope = name.split("/")[0];
  for (const place of [`${wantedBy}/node_modules/`, "node_modules/"]) {
    const found = Object.entries(packages).find(([path, locked]) =>
      path.startsWith(`${place}${scope}/`) && locked.os !== undefined && locked.version === version
    );
    if (found !== undefined) return [place, found[1]];
  }
  return ["node_modules/", undefined];
}
