import * as z from "zod/mini";
import { described } from "./described.ts";

/** A page of a list. */
export const Page = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: described("The `starting_after` of the next page; null on the last.", z.nullable(z.string())),
  });
