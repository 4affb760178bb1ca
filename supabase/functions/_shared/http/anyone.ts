import type { Caller } from "./serve.ts";

/** The guard of a door that is open to everybody, said aloud. */
export function anyone(): Caller {
  return { id: "anyone" };
}
