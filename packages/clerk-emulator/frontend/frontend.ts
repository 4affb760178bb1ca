import type { Emit } from "../server.ts";
import type { ClerkState } from "../state.ts";

/** What the routes of the Frontend API work with. */
export interface Frontend {
  readonly state: ClerkState;
  readonly issuer: string;
  readonly emit: Emit;
}

/** The code that a development instance accepts in place of one that was sent. https://clerk.com/docs/guides/development/testing/test-emails-and-phones */
export const TEST_CODE = "424242";
