import { catalogEnv } from "../env.ts";
import { pageResponse } from "./page_response.ts";

/** A page of the catalog, which a shared cache may keep only where anybody may read it. */
export function catalogResponse(request: Request, page: object): Promise<Response> {
  return pageResponse(
    request,
    page,
    catalogEnv().isPublic ? "public, max-age=5, stale-while-revalidate=30" : "private, no-cache",
  );
}
