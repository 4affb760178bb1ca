/**
 * `npm run -s token [-- NAME] [--organization SLUG] [--minutes N] [--port N]`: a fresh session token of a user of the
 * running stack, with that organization as the active one.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { parsePort } from "./lib/ports.ts";
import { requireStack, type StackFile } from "./lib/stack_file.ts";
import { clerkClient } from "./stack/users.ts";

await runCommand(async () => {
  const { values, positionals: [name] } = readArguments({
    minutes: { type: "string" },
    organization: { type: "string" },
    port: { type: "string" },
  });
  readEnvironment();
  const port = values.port === undefined ? undefined : parsePort(values.port);
  const stack = requireStack(port);

  const user = name === undefined ? Object.values(stack.users)[0] : stack.users[name] ?? name;
  if (user === undefined) throw new Failure("This Clerk instance has no user: add one in its dashboard");
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes);
  if (minutes !== undefined && !(minutes >= 0.5)) {
    throw new Failure(`Invalid value for --minutes: expected a number from 0.5, got "${values.minutes}"`);
  }

  const clerk = clerkClient(stack);
  const session = await clerk.sessions.createSession({ userId: user }).catch((cause) => {
    const known = Object.keys(stack.users).join(", ");
    throw new Failure(`Clerk has no user "${name ?? user}" (it has ${known}): ${cause.message}`);
  });
  if (values.organization !== undefined) await activate(values.organization, session.id, stack);
  const { jwt } = await clerk.sessions.getToken(session.id, undefined, minutes && Math.round(minutes * 60));
  console.log(jwt);
});

/** Only the local Clerk can: at the real one the active organization is chosen in the browser. */
async function activate(slug: string, sessionId: string, stack: StackFile): Promise<void> {
  const known = Object.keys(stack.organizations).join(", ") || "none";
  const organization_id = stack.organizations[slug];
  if (organization_id === undefined) throw new Failure(`Clerk has no organization "${slug}" (it has ${known})`);
  const response = await fetch(`${stack.clerk_url}/_local/sessions/${sessionId}/active_organization`, {
    method: "POST",
    headers: { authorization: `Bearer ${stack.clerk_secret_key}`, "content-type": "application/json" },
    body: JSON.stringify({ organization_id }),
  });
  const { errors } = await response.json();
  if (!response.ok) throw new Failure(`Clerk does not activate "${slug}": ${errors?.[0]?.message ?? response.status}`);
}
