import * as z from "zod/mini";

/** The function runs, and for each service whether its variables are set and well-formed; never a value. */
export const Health = z.object({
  status: z.literal("ok"),
  configured: z.object({
    access: z.boolean(),
    catalog: z.boolean(),
    checkout: z.boolean(),
    clerk: z.boolean(),
    clerk_webhook: z.boolean(),
    database: z.boolean(),
    log: z.boolean(),
    origins: z.boolean(),
    reconcile: z.boolean(),
    stripe: z.boolean(),
    webhook: z.boolean(),
  }),
});
export type Health = z.infer<typeof Health>;

/** The services whose events can begin later: their secrets exist only once the webhook endpoints are created. */
export const OPTIONAL_SERVICES: readonly string[] = [
  "webhook",
  "clerk_webhook",
] satisfies (keyof Health["configured"])[];
