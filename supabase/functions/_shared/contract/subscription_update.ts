import * as z from "zod/mini";
import { described } from "./described.ts";
import { flag, text } from "./input.ts";
import { owner } from "./owner.ts";

/** `POST stripe-subscription-update`: ends the subscription with its period, or lets it go on. */
export const UpdateSubscription = z.strictObject({
  ...owner,
  subscription: text(),
  cancel_at_period_end: described("False resumes a subscription that will end.", flag()),
});
export type UpdateSubscription = z.infer<typeof UpdateSubscription>;
