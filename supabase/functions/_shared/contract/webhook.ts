import * as z from "zod/mini";
import { described } from "./described.ts";

/** The outcome of an event; each is a 200, so that the sender does not send it again. */
export const Receipt = z.object({
  outcome: described(
    "`duplicate`: the event was processed before. `deferred`: the event is kept and processed later. " +
      "`ignored`: the event refers to nothing that is mirrored here.",
    z.enum(["processed", "ignored", "duplicate", "deferred"]),
  ),
});
export type Receipt = z.infer<typeof Receipt>;
