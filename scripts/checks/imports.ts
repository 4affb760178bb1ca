/** What a module imports, as paths from the repository's root. */
import { dirname } from "node:path/posix";
import { read } from "./source_files.ts";

export interface Import {
  /** The path of a file of the repository. */
  readonly target: string;
  /** Whether the import is erased when the program runs, `import type`. */
  readonly typeOnly: boolean;
  /** Whether the module is loaded when the call is reached, `import("…")`. */
  readonly dynamic: boolean;
}

export type ReadImports = (path: string) => Iterable<Import>;

const STATEMENT = /^\s*(?:import|export)\s+(?<clause>[\w\s{},*$]*?)\s*\bfrom\s*"(?<from>[^"]+)"/gm;
const SIDE_EFFECT = /^\s*import\s*"(?<from>[^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"(?<from>[^"]+)"/g;

/** The imports of a file; packages from npm and the runtime's own modules are left out. */
export function* importsOf(path: string, text = read(path)): Generator<Import> {
  for (const pattern of [STATEMENT, SIDE_EFFECT, DYNAMIC]) {
    for (const { groups } of text.matchAll(pattern)) {
      const target = resolve(path, groups!.from!);
      if (target === undefined) continue;
      yield { target, typeOnly: isTypeOnly(groups!.clause), dynamic: pattern === DYNAMIC };
    }
  }
}

/** `type …`, or braces in which each name has its own `type`. */
function isTypeOnly(clause = ""): boolean {
  if (/^type\b(?!\s*,)/.test(clause)) return true;
  const [, names] = clause.match(/^\{([^}]*)\}$/) ?? [];
  const each = names?.split(",").map((name) => name.trim()).filter((name) => name !== "") ?? [];
  return each.length > 0 && each.every((name) => name.startsWith("type "));
}

/** @returns undefined for a package or a module of the runtime */
function resolve(path: string, specifier: string): string | undefined {
  const mapped = specifier.startsWith(".") ? { base: path, to: specifier } : fromImportMap(path, specifier);
  if (mapped === undefined || !mapped.to.startsWith(".")) return undefined;
  return decodeURIComponent(new URL(mapped.to, `file:///${mapped.base}`).pathname.slice(1));
}

/** Specifiers without a dot, as the nearest deno.json maps them. */
function fromImportMap(path: string, specifier: string): { base: string; to: string } | undefined {
  for (let folder = dirname(path);; folder = dirname(folder)) {
    const base = folder === "." ? "deno.json" : `${folder}/deno.json`;
    const imports = importMap(base);
    if (imports !== undefined) {
      const exact = imports[specifier];
      if (exact !== undefined) return { base, to: exact };
      const prefix = Object.keys(imports).find((name) => name.endsWith("/") && specifier.startsWith(name));
      return prefix === undefined ? undefined : { base, to: imports[prefix] + specifier.slice(prefix.length) };
    }
    if (folder === ".") return undefined;
  }
}

const maps = new Map<string, Record<string, string> | undefined>();

function importMap(path: string): Record<string, string> | undefined {
  if (!maps.has(path)) {
    try {
      maps.set(path, JSON.parse(read(path)).imports ?? {});
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      maps.set(path, undefined);
    }
  }
  return maps.get(path);
}
