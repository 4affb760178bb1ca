import { catalogueEnv } from "../env.ts";
import { pageResponse } from "./page_response.ts";

/** A page of the catalogue, which a shared cache may keep only where anybody may read it. */
export function catalogueResponse(request: Request, page: object): Promise<Response> {
  return pageResponse(
    request,
    page,
    catalogueEnv().isPublic ? "public, max-age=5, stale-while-revalidate=30" : "private, no-cache",
  );
}
