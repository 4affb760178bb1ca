// Every npm script: installs what is missing, then runs scripts/<name>.ts on the Deno that npm installed.
// The only file that Node runs, so that everything else is TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const modules = join(root, "node_modules");
const [name = "", ...args] = process.argv.slice(2);
const script = join(root, "scripts", `${name.replaceAll(":", "_").replaceAll("-", "_")}.ts`);

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node ${process.versions.node} is too old: install 20.19 or newer`);
}
if (name === "" || !existsSync(script)) fail(`There is no command "${name}": "npm run" lists them`);
if (!isInstalled()) install();
run(findDeno());

/** npm writes a copy of the lock into node_modules when an installation is complete. */
function isInstalled() {
  const copy = join(modules, ".package-lock.json");
  if (!existsSync(copy)) return false;
  const { packages: wanted } = readJson(join(root, "package-lock.json"));
  const { packages: present } = readJson(copy);
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === "") return true;
    return path in present ? present[path].version === version : optional === true;
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function install() {
  console.error("Installing packages (850 MB on disk, once; a minute on a slow line) …");
  // npm passes its own path to the scripts that it runs.
  const npm = process.env.npm_execpath;
  const [command, before] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const { status, error } = spawnSync(command, [...before, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    // Standard output belongs to the script: "npm run token" is often captured.
    stdio: ["ignore", 2, 2],
    shell: command === "npm" && process.platform === "win32",
  });
  if (error) fail(`Cannot run npm: ${error.message}`);
  if (status !== 0) fail(`"npm ci" failed: see its messages above, then run "npm ci" alone`);
}

/** The binary itself, which needs no install script. */
function findDeno() {
  const exe = process.platform === "win32" ? ".exe" : "";
  const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;
  const found = [join(modules, "deno", `deno${exe}`), join(modules, "@deno", platform, `deno${exe}`)].find(existsSync);
  return found ??
    fail(`Deno is not in node_modules for ${process.platform} ${process.arch}: run "npm ci" with optional packages`);
}

function run(deno) {
  const child = spawn(deno, ["run", "--allow-all", "--unstable-no-legacy-abort", script, ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1", LAUNCHER_PID: String(process.pid) },
  });
  child.on("error", (error) => fail(`Cannot run "${deno}": ${error.message}`));
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // A killed npm sends no signal.
  const launcher = process.ppid;
  if (process.env.npm_lifecycle_event) {
    setInterval(() => process.ppid !== launcher && child.kill("SIGTERM"), 500).unref();
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
