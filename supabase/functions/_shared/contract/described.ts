import * as z from "zod/mini";

/** A schema with the sentence that docs/openapi.json and the types of the client show beside it. */
export function described<Schema extends z.ZodMiniType>(description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { description });
  return schema;
}
