/** The names that migrations create, as far as their text shows. */

type Namespace = "function" | "relation" | "schema";

const KINDS: Readonly<Record<string, Namespace>> = {
  function: "function",
  procedure: "function",
  schema: "schema",
};

const NAME = `(?:"[^"]+"|[a-z_][\\w$]*)`;
const QUALIFIED = `${NAME}(?:\\s*\\.\\s*${NAME})?`;
const KIND = "foreign\\s+table|table|materialized\\s+view|view|function|procedure|type|sequence|schema|index";
const CREATE = `create\\s+(?:or\\s+replace\\s+)?(?:unlogged\\s+|recursive\\s+|unique\\s+)?(?<created>${KIND})\\s+` +
  `(?:concurrently\\s+)?(?:if\\s+not\\s+exists\\s+)?(?<name>${QUALIFIED})` +
  `(?:\\s+on\\s+(?:only\\s+)?(?<table>${QUALIFIED}))?`;
const DROP = `drop\\s+(?<dropped>${KIND})\\s+(?:concurrently\\s+)?(?:if\\s+exists\\s+)?(?<names>[^;(]+)`;

/**
 * The names that a text creates and does not drop, such as `table or type "public.orders"`. Names without a schema are
 * taken as `public`. Statements that are put together while they run are not seen.
 */
export function createdNames(text: string): Set<string> {
  const names = new Set<string>();
  const withoutComments = text.replace(/--.*$/gm, "").replace(/\/\*[^]*?\*\//g, "");
  for (const { groups = {} } of withoutComments.matchAll(new RegExp(`\\b(?:${CREATE}|${DROP})`, "gi"))) {
    const { created, name, table, dropped, names: list } = groups;
    if (created !== undefined && name !== undefined) {
      if (name.toLowerCase() === "on") continue; // an index without a name
      names.add(describe(created, inSchemaOf(name, table)));
    }
    for (const one of list?.split(",") ?? []) {
      const [found] = one.match(new RegExp(QUALIFIED, "i")) ?? [];
      if (found !== undefined) names.delete(describe(dropped ?? "", found));
    }
  }
  return names;
}

/** An index has no schema of its own: it is in its table's. */
function inSchemaOf(name: string, table: string | undefined): string {
  const schema = table?.includes(".") ? table.slice(0, table.indexOf(".")) : undefined;
  return schema === undefined || name.includes(".") ? name : `${schema}.${name}`;
}

function describe(kind: string, name: string): string {
  const parts = name.split(".").map((part) => part.trim()).map((part) =>
    part.startsWith('"') ? part.slice(1, -1) : part.toLowerCase()
  );
  const namespace = KINDS[kind.toLowerCase()] ?? "relation";
  if (namespace === "schema") return `schema "${parts.at(-1)}"`;
  const [schema, local] = parts.length === 2 ? parts : ["public", parts[0]];
  return `${namespace === "function" ? "function" : "table, view, index or type"} "${schema}.${local}"`;
}

/** The name inside a description, without its quotes. */
export const nameOf = (description: string): string => description.slice(description.indexOf('"') + 1, -1);
