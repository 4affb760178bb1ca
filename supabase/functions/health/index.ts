/** Whether the functions are alive, and which of their services are configured. */
import type { Health } from "../_shared/contract/health.ts";
import { NoInput } from "../_shared/contract/input.ts";
import { configured } from "../_shared/env.ts";
import { anyone } from "../_shared/http/anyone.ts";
import { route, serve } from "../_shared/http/serve.ts";

export default serve("health", {
  GET: route(
    anyone,
    NoInput,
    () =>
      Response.json(
        { status: "ok", configured: configured() } satisfies Health,
      ),
  ),
});
