/** Plans config.toml: blocks are appended, and nothing else of its text changes. */
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../lib/failure.ts";
import type { Conflict } from "./conflict.ts";
import type { Lock } from "./lock.ts";
import type { Settings, Source } from "./source.ts";
import { append } from "./text.ts";
import { parse } from "./toml.ts";

export const CONFIG = "supabase/config.toml";

export interface ConfigChange {
  /** A block's header. */
  readonly block: string;
  readonly state: "create" | "update" | "remove" | "unchanged" | "keep";
}

export interface ConfigPlan {
  readonly text: string;
  readonly changes: readonly ConfigChange[];
  readonly conflicts: readonly Conflict[];
  readonly notes: readonly string[];
  readonly lock: Lock["config"];
}

interface Config {
  functions?: Record<string, Settings>;
  api?: { enabled?: boolean; schemas?: string[] };
  auth?: { third_party?: Record<string, Settings> };
  db?: { major_version?: number; migrations?: { enabled?: boolean; schema_paths?: string[] } };
  edge_runtime?: { deno_version?: number };
}

const COMMENT = `# Billing: the blocks below are managed by "npm run adopt" of the billing backend.\n\n`;

/** @throws Failure when the text is not TOML */
export function planConfig(text: string, source: Pick<Source, "settings" | "clerk">, lock: Lock["config"]): ConfigPlan {
  const config = parseConfig(text);
  const state = { text, expected: structuredClone(config), appended: [] as string[] };
  const changes: ConfigChange[] = [];
  const conflicts: Conflict[] = [];

  for (const [name, settings] of source.settings) {
    const block = `[functions.${name}]`;
    const theirs = config.functions?.[name];
    const written = lock[name];
    const wanted = formatBlock(block, settings);
    if (theirs !== undefined && hasAll(theirs, settings)) changes.push({ block, state: "unchanged" });
    else if (theirs === undefined || (written !== undefined && state.text.includes(inEol(written, text)))) {
      changes.push({ block, state: theirs === undefined ? "create" : "update" });
      if (theirs === undefined) state.appended.push(wanted);
      else state.text = state.text.replace(inEol(written ?? "", text), () => inEol(wanted, text));
      state.expected.functions = { ...state.expected.functions, [name]: settings };
    } else if (written === wanted) changes.push({ block, state: "keep" });
    else conflicts.push(otherBlock(block, name, wanted, written !== undefined));
  }

  for (const [name, written] of Object.entries(lock)) {
    if (source.settings.has(name) || config.functions?.[name] === undefined) continue;
    const block = `[functions.${name}]`;
    const start = state.text.indexOf(inEol(written, text));
    if (start === -1) conflicts.push(obsoleteBlock(block));
    else {
      // The empty line above the block was ours as well.
      state.text = state.text.slice(0, start).replace(/\r?\n$/, "") +
        state.text.slice(start + inEol(written, text).length);
      changes.push({ block, state: "remove" });
      const { [name]: _, ...others } = state.expected.functions ?? {};
      state.expected.functions = Object.keys(others).length === 0 ? undefined : others;
    }
  }

  planClerk(config, source.clerk, state, changes, conflicts);
  if (state.appended.length > 0) {
    const comment = state.text.includes(COMMENT.trim()) ? "" : COMMENT;
    state.text = append(state.text, comment + state.appended.join("\n"));
  }
  if (conflicts.length === 0) conflicts.push(...checkResult(state.text, state.expected));
  return {
    text: state.text,
    changes,
    conflicts,
    notes: notesOn(config),
    lock: Object.fromEntries(
      [...source.settings].map(([name, settings]) => [name, formatBlock(`[functions.${name}]`, settings)]),
    ),
  };
}

/** Only one third-party provider may be enabled, and `supabase init` writes a block for Clerk that is not. */
function planClerk(
  config: Config,
  clerk: Settings,
  state: { text: string; expected: Config; appended: string[] },
  changes: ConfigChange[],
  conflicts: Conflict[],
) {
  const block = "[auth.third_party.clerk]";
  const providers = config.auth?.third_party ?? {};
  const other = Object.keys(providers).find((name) => name !== "clerk" && providers[name]?.enabled === true);
  if (other !== undefined) {
    conflicts.push({
      subject: `${CONFIG} [auth.third_party.${other}]`,
      reason: "the users of the billing backend are Clerk's, and Supabase allows one third-party provider at a time",
      advice: "disable this provider, if your users come from Clerk",
    });
    return;
  }
  if (providers.clerk?.enabled === true) {
    changes.push({ block, state: "unchanged" });
    return;
  }
  const enabled = { ...clerk, ...providers.clerk, enabled: true };
  state.expected.auth = { ...state.expected.auth, third_party: { ...providers, clerk: enabled } };
  if (providers.clerk === undefined) {
    state.appended.push(formatBlock(block, enabled));
    changes.push({ block, state: "create" });
    return;
  }
  const eol = state.text.includes("\r\n") ? "\r\n" : "\n";
  const domain = "domain" in providers.clerk ? "" : `${eol}domain = ${JSON.stringify(clerk.domain)}`;
  const header = /^\[auth\.third_party\.clerk\][^\r\n]*/m;
  const disabled = /^(\[auth\.third_party\.clerk\][^[]*?^[ \t]*)enabled[ \t]*=[ \t]*false/m;
  state.text = disabled.test(state.text)
    ? state.text.replace(disabled, (_, before) => `${before}enabled = true${domain}`)
    : state.text.replace(header, (line) => `${line}${eol}enabled = true${domain}`);
  changes.push({ block, state: "update" });
}

function parseConfig(text: string): Config {
  try {
    return parse(text);
  } catch (cause) {
    throw new Failure(`"${CONFIG}" is not valid TOML: ${(cause as Error).message}`);
  }
}

/** TOML lets no header extend an inline table, which the parser does not notice. */
const INLINE = /^[ \t]*(?:functions|auth|third_party|auth\.third_party)[ \t]*=/m;

/** The text is edited, not written from its parsed form: so the result is parsed and compared. */
function checkResult(text: string, expected: Config): Conflict[] {
  try {
    if (!INLINE.test(text) && isDeepStrictEqual(plain(parse(text)), plain(expected))) return [];
  } catch {
    // Reported below.
  }
  return [{
    subject: CONFIG,
    reason: "it is written in a form to which no block can be appended, such as inline tables",
    advice: "write [functions.…] and [auth.third_party.clerk] as blocks with headers of their own",
  }];
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const hasAll = (theirs: Settings, settings: Settings): boolean =>
  Object.entries(settings).every(([key, value]) => isDeepStrictEqual(theirs[key], value));

/** Strings, booleans, numbers and arrays of them are written in TOML as they are in JSON. */
const formatBlock = (header: string, settings: Settings): string =>
  [header, ...Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ""].join("\n");

const inEol = (block: string, text: string): string => text.includes("\r\n") ? block.replaceAll("\n", "\r\n") : block;

const otherBlock = (block: string, name: string, wanted: string, isOurs: boolean): Conflict => ({
  subject: `${CONFIG} ${block}`,
  reason: isOurs ? "the block was changed in the project" : "the project declares a function of this name",
  advice: (isOurs ? "" : `rename your function, leave ours out with --without ${name}, or `) +
    `write the block as: ${wanted.trim().split("\n").slice(1).join(", ")}`,
});

const obsoleteBlock = (block: string): Conflict => ({
  subject: `${CONFIG} ${block}`,
  reason: "the function no longer belongs to the billing backend, and its block was changed in the project",
  advice: "remove the block",
});

function notesOn({ api, db, edge_runtime }: Config): string[] {
  const notes: string[] = [];
  if (api?.enabled === false) notes.push("[api] is disabled: the functions call the database through the Data API");
  if (api?.schemas !== undefined && !api.schemas.includes("public")) {
    notes.push(`[api] schemas lacks "public": the functions call the database through that schema`);
  }
  if (db?.major_version !== undefined && db.major_version < 15) {
    notes.push(`[db] major_version is ${db.major_version}: the migrations need PostgreSQL 15 or later`);
  }
  if (db?.migrations?.enabled === false) {
    notes.push(`[db.migrations] is disabled: "supabase db push" applies nothing`);
  }
  if ((db?.migrations?.schema_paths ?? []).length > 0) {
    notes.push(`[db.migrations] schema_paths is set: "supabase db diff" will propose to drop the billing tables`);
  }
  if (edge_runtime?.deno_version === 1) {
    notes.push("[edge_runtime] deno_version is 1: the functions need 2");
  }
  return notes;
}
