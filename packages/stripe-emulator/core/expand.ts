import { invalid } from "./errors.ts";
import type { Form } from "./form.ts";
import { list, type Param, text } from "./params.ts";
import type { Store } from "./store.ts";
import type { Kind, Kinds } from "./wire.ts";

/** The effect of `expand` on an object of one kind: https://docs.stripe.com/api/expanding_objects */
export interface Expansions<O> {
  /** Fields that hold an id, or a list of ids, and the kind of the object; null for kinds that the emulator does not have. */
  references: Partial<Record<keyof O & string, Kind | null>>;
  /** Fields that are absent without expand; `paths` are the expanded paths below them. */
  included: Partial<
    Record<keyof O & string, (object: O, paths: string[], all: AllExpansions, store: Store) => unknown>
  >;
  /** The kind of the objects that such a field contains, if they are objects of their own. */
  contained?: Partial<Record<keyof O & string, Kind>>;
  /** Paths of fields inside the object that are absent without expand. */
  nested?: string[];
  /** Internal fields, which are never shown. */
  hidden?: (keyof O & string)[];
  /** Replaces contained objects by their current state. */
  current?(object: O, store: Store): O;
}

export type AllExpansions = { [K in Kind]: Expansions<Kinds[K]> };

const readPaths = list(text, 100);

/** Reads `expand` for an answer with one object, or with the prefix `data.` for a list. */
export const expandParam =
  (kind: Kind, all: AllExpansions, prefix: "" | "data." = ""): Param<string[]> => (value, param) =>
    readPaths(value, param).filter((path) => path !== "data" || prefix === "").map((path) => {
      if (path.split(".").length > 4) {
        throw invalid(`You cannot expand more than 4 levels of a property. Property: ${path}`, param);
      }
      if (!path.startsWith(prefix)) {
        throw invalid(
          `This property cannot be expanded (${path}). You may want to try expanding '${prefix}${path}' instead.`,
        );
      }
      const inside = path.slice(prefix.length);
      if (!canExpand(kind, inside, all)) throw invalid(`This property cannot be expanded (${path}).`);
      return inside;
    });

function canExpand(kind: Kind, path: string, all: AllExpansions): boolean {
  const [head, tail] = cut(path);
  const { references, included, nested = [] } = all[kind] as Expansions<any>;
  if (Object.hasOwn(included, head) || nested.includes(path)) return true;
  if (!Object.hasOwn(references, head)) return false;
  const target = references[head];
  return tail === "" || (target != null && canExpand(target, tail, all));
}

/** The kinds of the objects that a form's `expand` adds to an answer, for the permissions that they need. */
export const expandedKinds = (kind: Kind, all: AllExpansions, prefix: "" | "data." = "") => {
  const read = expandParam(kind, all, prefix);
  return ({ expand }: Form): Kind[] =>
    expand === undefined ? [] : read(expand, "expand").flatMap((path) => kindsOf(kind, path, all));
};

function kindsOf(kind: Kind, path: string, all: AllExpansions): Kind[] {
  const [head, tail] = cut(path);
  const { references, contained = {} } = all[kind] as Expansions<any>;
  const target = references[head] ?? contained[head];
  if (!target) return [];
  const inside = tail.replace(/^data\.?/, "");
  return [target, ...(inside ? kindsOf(target, inside, all) : [])];
}

/** An object as it is answered, with the expanded paths and without internal fields. */
export function render<K extends Kind>(
  kind: K,
  object: Kinds[K],
  paths: string[],
  all: AllExpansions,
  store: Store,
): object {
  const { references, included, nested = [], hidden = [], current } = all[kind] as Expansions<any>;
  let answer: Record<string, unknown> = { ...(current ? current(object, store) : object) };
  for (const path of nested) if (!paths.includes(path)) answer = without(answer, path.split("."));
  for (const name of [...Object.keys(included), ...hidden]) delete answer[name];

  for (const [head, inside] of grouped(paths)) {
    const include = included[head];
    const target = references[head];
    const id = answer[head];
    if (include) {
      answer[head] = include(object, inside, all, store);
      if (answer[head] === undefined) delete answer[head];
    } else if (target) {
      const whole = (one: unknown) => typeof one === "string" ? referenced(target, one, inside, all, store) : one;
      answer[head] = Array.isArray(id) ? id.map(whole) : whole(id);
    }
  }
  return answer;
}

function referenced(kind: Kind, id: string, paths: string[], all: AllExpansions, store: Store): unknown {
  const found = store.tables[kind].live(id);
  return found ? render(kind, found, paths, all, store) : store.tables[kind].get(id) ?? id;
}

/** The object without the field at a path. */
function without(object: Record<string, unknown>, [head, ...tail]: string[]): Record<string, unknown> {
  const { [head!]: value, ...others } = object;
  return tail.length === 0 ? others : { ...object, [head!]: without(value as Record<string, unknown>, tail) };
}

function cut(path: string): [head: string, tail: string] {
  const dot = path.indexOf(".");
  return dot < 0 ? [path, ""] : [path.slice(0, dot), path.slice(dot + 1)];
}

function grouped(paths: string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const [head, tail] = cut(path);
    groups.set(head, [...groups.get(head) ?? [], ...(tail ? [tail] : [])]);
  }
  return groups;
}
