import type { ErrorBody } from "../../supabase/functions/_shared/contract/error_body.ts";

const MAX_CALLS = 8;

/**
 * Repeats a call that is answered `database_unavailable`, as a caller does: on a busy machine the database may need
 * longer than the functions wait. Only for calls whose subject is another one.
 */
export async function whenAvailable(call: () => Promise<Response>): Promise<Response> {
  for (let calls = 1;; calls++) {
    const response = await call();
    if (response.status !== 503 || calls === MAX_CALLS) return response;
    const { error }: ErrorBody = await response.clone().json();
    if (error.code !== "database_unavailable") return response;
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 100 * calls));
  }
}
