/**
 * What the module safeupdate refuses, which the platform loads for the Data API: an update or a delete without a
 * condition, also inside of functions. PostgreSQL shows every statement's parse tree to a session that asks for it.
 * https://github.com/eradman/pg-safeupdate
 */

/** Makes PostgreSQL send parse trees as notices. */
export const SHOW_PARSE_TREES =
  "set debug_print_parse = on; set debug_pretty_print = off; set client_min_messages = log";

/** `CmdType` of nodes.h. */
const COMMANDS: Record<string, string> = { 2: "update", 4: "delete" };

/** @returns `update` or `delete` for each such query of a tree, also in a `with`, that has no condition. */
export function findUnconditional(wrapped: string): string[] {
  const tree = wrapped.replaceAll("\n", " ");
  return [...tree.matchAll(/\{QUERY :commandType ([24]) /g)]
    .filter(({ index }) => !hasCondition(tree, index))
    .map(([, type]) => COMMANDS[type!]!);
}

/** @param start Of a query: its condition is the `quals` of its own `jointree`, two braces deep. */
function hasCondition(tree: string, start: number): boolean {
  let depth = 0;
  let inJoinTree = false;
  for (let place = start; place < tree.length; place++) {
    const character = tree[place];
    if (character === "\\") place++;
    else if (character === "{") depth++;
    else if (character === "}") {
      if (--depth === 0) break;
    } else if (character !== ":") continue;
    else if (depth === 1) inJoinTree = tree.startsWith(":jointree ", place);
    else if (depth === 2 && inJoinTree && tree.startsWith(":quals ", place)) {
      return !tree.startsWith(":quals <>", place);
    }
  }
  return false;
}
