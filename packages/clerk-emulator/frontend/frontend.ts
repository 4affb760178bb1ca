import type { Emit } from "../server.ts";
import type { ClerkState } from "../state.ts";

/** What the routes of the Frontend API work with. */
export interface Frontend {
  readonly state: ClerkState;
  readonly issuer: string;
  readonly emit: Emit;
}
