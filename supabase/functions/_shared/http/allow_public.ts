import type { Caller } from "./serve.ts";

/** Guard for public endpoints. */
export function allowPublic(): Caller {
  return { id: "public" };
}
