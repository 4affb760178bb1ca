import * as z from "zod/mini";
import { described } from "./described.ts";
import { flag, integer, text } from "./input.ts";

/** The fields that every list takes. */
export const page = {
  limit: z._default(integer(1, 100), 20),
  starting_after: described("The `next_cursor` of the previous page.", z.optional(text())),
  active: z._default(flag(), true),
};

/** A page of a list. */
export const Page = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: described("The `starting_after` of the next page; null on the last.", z.nullable(z.string())),
  });
