import * as z from "zod/mini";

/** A page of a list; `next_cursor` is the `starting_after` of the next page, null on the last. */
export const Page = <Item extends z.ZodMiniType>(item: Item) =>
  z.object({
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: z.nullable(z.string()),
  });
