import { catalogEnv } from "../env.ts";
import { verifyToken } from "../clerk/verify_token.ts";
import type { Caller } from "./serve.ts";
import { bearer, requireUser } from "./require_user.ts";

/** A user, or anybody where the catalog is public; but who sends a token is held to it. */
export async function requireCatalogReader(request: Request): Promise<Caller> {
  if (!catalogEnv().isPublic) return await requireUser(request);
  const token = bearer(request);
  return token === null ? { id: "visitor" } : await verifyToken(token);
}
