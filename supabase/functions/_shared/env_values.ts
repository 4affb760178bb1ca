/** Schemas of the values of variables, without a state: env.ts names the variables. */
import * as z from "zod/mini";

export const text = (pattern: RegExp, message: string) => z.string("is missing").check(z.regex(pattern, message));
/** A URL, without slashes at its end. */
export const url = () =>
  z.pipe(
    z.pipe(z.string("is missing"), z.url("is not a URL")),
    z.transform((address: string) => address.replace(/\/+$/, "")),
  );
/** The platform's keys by their names; none without the variable. */
export const keys = () => z._default(z.pipe(z.string(), z.transform(keysOf)), {});
/** A list with commas between its items, each of which holds. */
export const list = (holds: (item: string) => boolean, message: string) =>
  z.pipe(
    z.string("is missing"),
    z.pipe(z.transform(itemsOf), z.array(z.string()).check(z.refine((items) => items.every(holds), message))),
  );
/** A list of any items; empty without the variable. */
export const entries = () => z._default(z.pipe(z.string(), z.transform(itemsOf)), []);
export const origins = () =>
  z._default(
    z.pipe(
      z.string(),
      z.pipe(
        z.transform(itemsOf),
        z.array(z.string()).check(
          z.refine((items) => !items.some((item) => item.includes("*")), "must list each origin: it has a wildcard"),
          z.refine((items) => items.every(isOrigin), "must be a list of origins (https://a.com)"),
        ),
      ),
    ),
    [],
  );

export const onOff = (fallback: "on" | "off") => z._default(z.enum(["on", "off"], 'must be "on" or "off"'), fallback);

export const secret = text(/^[\x21-\x7e]{32,}$/, "must have 32 or more characters, all of them visible ASCII");

/** A list of signing secrets of webhooks, at least one. */
export const signingSecrets = (pattern: RegExp) =>
  z.pipe(
    z.pipe(z.string("is missing"), z.transform(itemsOf)),
    z.array(z.string().check(z.regex(pattern, "is not a webhook signing secret (whsec_…)")))
      .check(z.minLength(1, "is missing")),
  );

function itemsOf(list: string): string[] {
  return list.split(",").map((item) => item.trim()).filter(Boolean);
}

/** An origin as browsers send it, also that of an app: `capacitor://localhost`, `chrome-extension://<id>`. */
export function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.includes("*")) return false;
  if (/^https?:$/.test(url.protocol)) return url.origin === text;
  return url.host !== "" && text === `${url.protocol}//${url.host}`;
}

/** Parses `{"default": "sb_…"}`, the format of the platform. */
function keysOf(json: string, { issues }: { issues: unknown[] }): Record<string, string> {
  try {
    return z.parse(z.record(z.string(), z.string()), JSON.parse(json));
  } catch {
    issues.push({ code: "custom", message: "is not a JSON object of keys" });
    return {};
  }
}
