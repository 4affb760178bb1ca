import { AppError } from "../errors.ts";
import { readFromClerk } from "./api.ts";

let instance: Promise<string> | undefined;

/**
 * The id of the instance that CLERK_SECRET_KEY belongs to; read once, because an isolate never changes its key.
 * https://clerk.com/docs/reference/backend-api/tag/instance-settings/get/instance
 *
 * @throws AppError `clerk_unavailable`, `not_configured`
 */
export function readInstanceId(): Promise<string> {
  return instance ??= read().catch((error) => {
    instance = undefined;
    throw error;
  });
}

async function read(): Promise<string> {
  const found = await readFromClerk<{ id?: string }>("instance");
  if (typeof found?.id === "string") return found.id;
  throw AppError.clerkUnavailable(new Error("Clerk did not name the instance of its key"));
}
