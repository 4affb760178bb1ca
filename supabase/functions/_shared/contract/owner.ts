/** Who pays: a Clerk user, or the Clerk organization that is active in their session. */
import * as z from "zod/mini";
import { described } from "./described.ts";
import { oneOf } from "./input.ts";

export type OwnerKind = "user" | "organization";

export interface Owner {
  /** Clerk's `user_…` or `org_…`. */
  readonly id: string;
  readonly kind: OwnerKind;
}

/** The field of every function that acts for an owner. An active organization never implies it. */
export const owner = {
  for: described(
    "The user, or the organization that is active in the session.",
    z._default(oneOf("user", "organization"), "user"),
  ),
};
