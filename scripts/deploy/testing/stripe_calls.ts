/** The calls to Stripe in the sources of functions and commands. */
import { ROOT } from "../../lib/paths.ts";
import { type Level, PERMISSIONS } from "../../lib/stripe_permissions.ts";

interface Call {
  readonly file: string;
  /** As the SDK names it, such as `entitlements.activeEntitlements`. */
  readonly resource: string;
  readonly level: Level;
}

const FOLDERS = ["supabase/functions", "scripts/deploy"];

/** The SDK's methods that read; every other one writes. */
const READS = /^(list|retrieve|search)/;

export function readStripeCalls(): Call[] {
  return FOLDERS.flatMap(sources).flatMap((file) => {
    // A chain of calls may be broken before each point.
    const text = Deno.readTextFileSync(`${ROOT}/${file}`).replace(/\s*\n\s*(?=\.\w)/g, "");
    const calls = [...text.matchAll(/\b(?:sdk|stripe)\.((?:[a-z]\w*\.)*[a-z]\w*)\.([a-z]\w*)\(/g)];
    // An expanded object needs the permission to read it.
    const expanded = text.includes('"latest_charge"') ? [{ file, resource: "charges", level: "read" } as const] : [];
    const reads = [...text.matchAll(/\bread(?:<[^(]*>)?\(\s*\[([^\]]*)\]/g)];
    const raw = [...text.matchAll(/\brawRequest\(\s*"([A-Z]+)",\s*["`](\/v1\/\w+(?:\/[a-z_]+)?)/g)];
    return [
      ...expanded,
      ...calls.map(([, resource = "", method = ""]): Call => ({
        file,
        resource,
        level: READS.test(method) ? "read" : "write",
      })),
      ...reads.map(([, path = ""]): Call => ({ file, resource: resourceOf(path), level: "read" })),
      ...raw.map(([, method, path = ""]): Call => ({
        file,
        resource: PERMISSIONS.find(({ trial }) => trial.path.startsWith(path))?.resources[0] ?? path,
        level: method === "GET" ? "read" : "write",
      })),
    ];
  });
}

/** The SDK's name of what is read: the parts of the path before the first id. @param path Such as `"invoices", id, "lines"` */
function resourceOf(path: string): string {
  const [, names = ""] = path.match(/^\s*((?:"\w+"(?:,\s*)?)+)/) ?? [];
  return [...names.matchAll(/\w+/g)]
    .map(([name]) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()))
    .join(".");
}

/** The files of a folder and those below it, without tests and what tests share. */
function sources(folder: string): string[] {
  return [...Deno.readDirSync(`${ROOT}/${folder}`)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return name === "tests" || name === "testing" ? [] : sources(`${folder}/${name}`);
    return name.endsWith(".ts") && !name.endsWith("_test.ts") ? [`${folder}/${name}`] : [];
  });
}
