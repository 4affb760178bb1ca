/** Whether the functions run, and which of their services are configured. */
import type { Health } from "../_shared/contract/health.ts";
import { NoInput } from "../_shared/contract/input.ts";
import { configured } from "../_shared/env.ts";
import { allowPublic } from "../_shared/http/allow_public.ts";
import { route, serve } from "../_shared/http/serve.ts";

export default serve("health", {
  GET: route(allowPublic, NoInput, async () => {
    return Response.json({ status: "ok", configured: await configured() } satisfies Health);
  }),
});
