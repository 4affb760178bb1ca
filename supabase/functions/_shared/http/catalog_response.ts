import { catalogEnv } from "../env.ts";
import { pageResponse } from "./page_response.ts";

/** A page of the catalog; a shared cache may store it only where the catalog is public. */
export function catalogResponse(request: Request, page: object): Promise<Response> {
  return pageResponse(
    request,
    page,
    catalogEnv().isPublic ? "public, max-age=5, stale-while-revalidate=30" : "private, no-cache",
  );
}
