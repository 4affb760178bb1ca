import { clerkApi } from "../env.ts";
import { AppError } from "../errors.ts";

/** Milliseconds for one request. */
const TIMEOUT = 3_000;

/** Whether Clerk's Backend API can be asked: with CLERK_JWT_KEY the functions may have no secret key. */
export const hasClerkKey = (): boolean => clerkApi().secretKey !== undefined;

/**
 * Reads a resource of Clerk's Backend API. https://clerk.com/docs/reference/backend-api
 *
 * @param path Below `/v1/`.
 * @returns null when Clerk has no such resource.
 * @throws AppError `clerk_unavailable`, `not_configured`
 */
export async function readFromClerk<Resource>(path: string): Promise<Resource | null> {
  const { secretKey, url } = clerkApi();
  if (secretKey === undefined) throw AppError.notConfigured("CLERK_SECRET_KEY is missing");
  let status: number | undefined;
  try {
    const response = await fetch(`${url}/v1/${path}`, {
      headers: { authorization: `Bearer ${secretKey}` },
      signal: AbortSignal.timeout(TIMEOUT),
    });
    status = response.status;
    if (response.ok) return await readResource(response);
    const { errors } = await response.json().catch(() => ({})) as { errors?: { code?: string }[] };
    // A proxy's 404 has no code of Clerk's, and says nothing of the resource.
    if (status === 404 && errors?.some(({ code }) => code === "resource_not_found")) return null;
    throw new Error("Clerk refused the request");
  } catch (error) {
    const cause = Object.assign(error as Error, { status });
    throw status === 401 || status === 403
      ? AppError.notConfigured("CLERK_SECRET_KEY is refused by Clerk", cause)
      : AppError.clerkUnavailable(cause);
  }
}

/** @throws Error when it is nothing: only a 404 says that Clerk has no such resource */
async function readResource<Resource>(response: Response): Promise<Resource> {
  const resource = await response.json();
  if (typeof resource !== "object" || resource === null) throw new Error("Clerk answered without the resource");
  return resource as Resource;
}
