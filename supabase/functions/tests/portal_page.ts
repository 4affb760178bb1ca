/** The local portal's page, as a browser without scripts uses it. */
import { assert, assertEquals } from "@std/assert";

/** Confirms the change that a portal session's page shows. @returns Where the browser is sent */
export async function confirmChange(url: string): Promise<string | null> {
  const page = await (await fetch(url)).text();
  const hidden = [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map((
    [, name, value],
  ) => [name!, value!]);
  assert(hidden.length > 0, page);
  return await act(url, { action: "confirm", ...Object.fromEntries(hidden) });
}

/** Sends a form of the page. @returns Where the browser is sent */
export async function act(url: string, fields: Record<string, string>): Promise<string | null> {
  const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), redirect: "manual" });
  await response.body?.cancel();
  assertEquals(response.status, 303);
  return response.headers.get("location");
}
