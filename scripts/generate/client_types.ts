/** packages/client/contract.ts: the types of what users call, without zod, from the schemas of docs/openapi.json. */
import type { openapi } from "./openapi.ts";
import { type JsonSchema, REF } from "./schemas.ts";

export function clientTypes({ paths, components: { schemas } }: ReturnType<typeof openapi>): string {
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const called = operations.filter(({ security }) => security.some((one) => "clerk" in one));
  const names = reachable(called, schemas);
  const declarations = names.map((name) => `${comment(schemas[name]!)}${declare(name, schemas[name]!)}`);
  return [
    '/** Written by "npm run types" from supabase/functions/_shared/contract. @module */',
    ...declarations,
    `/** Every type above, by its name. */\nexport interface Contract { ${
      names.map((name) => `${name}: ${name};`).join(" ")
    } }`,
    '/** Every code that a function answers with. */\nexport type ErrorCode = ErrorBody["error"]["code"];',
  ].join("\n\n");
}

/** The names that these refer to, directly or through others: the input of a `GET` by the `POST` beside it. */
function reachable(roots: unknown, schemas: Record<string, JsonSchema>): string[] {
  const found = new Set<string>();
  const visit = (value: unknown) => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name!)) continue;
      found.add(name!);
      visit(schemas[name!]);
    }
  };
  visit(roots);
  return [...found].toSorted();
}

const declare = (name: string, schema: JsonSchema) =>
  schema.properties && Object.keys(schema.properties).length > 0
    ? `export interface ${name} { ${fieldsOf(schema)} }`
    : `export type ${name} = ${typeOf(schema)};`;

const comment = ({ description }: JsonSchema) => description === undefined ? "" : `/** ${description} */\n`;

const fieldsOf = ({ properties = {}, required = [] }: JsonSchema): string =>
  Object.entries(properties).map(([name, field]) =>
    `\n${comment(field)}${name}${required.includes(name) ? "" : "?"}: ${typeOf(field)};`
  ).join("");

function typeOf(schema: JsonSchema & { type?: string | string[] }): string {
  const { $ref, type, items, properties, additionalProperties } = schema;
  if ($ref !== undefined) return $ref.slice(REF.length);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map(typeOf).join(" | ");
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one })).join(" | ");
  switch (type) {
    case "string":
    case "boolean":
    case "number":
    case "null":
      return type;
    case "integer":
      return "number";
    case "array":
      return items!.$ref !== undefined || items!.type !== undefined && !items!.enum && !items!.properties
        ? `${typeOf(items!)}[]`
        : `Array<${typeOf(items!)}>`;
    case "object":
      if (properties) return `{ ${fieldsOf(schema)} }`;
      if (additionalProperties) return `Record<string, ${typeOf(additionalProperties)}>`;
  }
  throw new Error(`No TypeScript type is known for the schema ${JSON.stringify(schema)}`);
}
