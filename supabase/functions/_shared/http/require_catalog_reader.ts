import { verifyToken } from "../clerk/verify_token.ts";
import { catalogEnv } from "../env.ts";
import { bearer, requireUser } from "./require_user.ts";
import type { Caller } from "./serve.ts";

/** Guard for the catalog: a user, or every caller where it is public. A token that is sent must be valid in both cases. */
export async function requireCatalogReader(request: Request): Promise<Caller> {
  if (!catalogEnv().isPublic) return await requireUser(request);
  const token = bearer(request);
  return token === null ? { id: "visitor" } : await verifyToken(token);
}
