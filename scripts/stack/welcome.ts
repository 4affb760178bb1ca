import { DEFAULT_PORT } from "../lib/ports.ts";
import type { StackFile } from "../lib/stack_file.ts";
import { LOCAL_PASSWORD } from "./users.ts";

const ACME =
  `  acme       an organization: ada is its admin, grace a member; "--organization acme" makes it the active one\n`;

const PASSWORD = `  password   ${LOCAL_PASSWORD}, of every user; the code at sign-up is 424242\n`;

/** Where the example app is, and how its users sign in. */
function describeApp({ web_url }: StackFile, isLocalClerk: boolean): string {
  if (web_url === undefined) return "";
  const users = isLocalClerk ? `: sign in as ada@example.com with the password ${LOCAL_PASSWORD}` : "";
  return `Example    ${web_url}${users}\n`;
}

/** The addresses and keys of a stack that has just started, with two examples that run unchanged. */
export function welcome(file: StackFile, port: number): string {
  const option = port === DEFAULT_PORT ? "" : ` -- --port ${port}`;
  const token = `npm run -s token${option}`;
  const users = Object.keys(file.users).join(", ");
  const isLocalClerk = file.clerk_url.startsWith("http://");
  return `
${describeApp(file, isLocalClerk)}Project    ${file.url}
  functions  ${file.url}/functions/v1/<name>
  Data API   ${file.url}/rest/v1
  keys       ${file.publishable_key}   ${file.secret_key}
PostgreSQL ${file.database_url}
Clerk      ${file.clerk_url}   ${file.clerk_publishable_key}   ${file.clerk_secret_key}
  users      ${users}: "${token} ${port === DEFAULT_PORT ? "-- " : ""}<name>" prints a session token, valid for a minute
${isLocalClerk ? PASSWORD : ""}${isLocalClerk ? ACME : ""}Stripe     ${file.stripe_url}   ${file.stripe_secret_key}
For programs: .local/${port}/stack.json

With curl, in another terminal:

curl -H "Authorization: Bearer $(${token})" "${file.url}/functions/v1/stripe-products?limit=3"

With supabase-js, as try.mjs in this folder, then "node try.mjs" (Node 22) or "npx deno run -A try.mjs":

import { execSync } from "node:child_process";
import { createClient } from "@supabase/supabase-js";

const supabase = createClient("${file.url}", "${file.publishable_key}", {
  accessToken: async () => execSync("${token}").toString().trim(),
});
const { data, error } = await supabase.functions.invoke("stripe-products", { body: { limit: 3 } });
console.log(error ?? data);

Ctrl-C stops the stack. Its state is kept; "npm run reset${option}" removes it.
`;
}
