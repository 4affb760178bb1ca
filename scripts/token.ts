/** `npm run -s token [-- NAME] [--minutes N] [--port N]`: a fresh session token of a user of the running stack. */
import { readArguments, runCommand } from "./lib/command.ts";
import { readEnvironment } from "./lib/environment.ts";
import { Failure } from "./lib/failure.ts";
import { parsePort } from "./lib/ports.ts";
import { findStack } from "./lib/stack_file.ts";
import { clerkClient } from "./stack/users.ts";

await runCommand(async () => {
  const { values, positionals: [name] } = readArguments({ minutes: { type: "string" }, port: { type: "string" } });
  readEnvironment();
  const port = values.port === undefined ? undefined : parsePort(values.port);
  const stack = findStack(port);
  if (stack === undefined) {
    throw new Failure(`No stack runs${port === undefined ? "" : ` on port ${port}`}: start one with "npm start"`);
  }

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
  const { jwt } = await clerk.sessions.getToken(session.id, undefined, minutes && Math.round(minutes * 60));
  console.log(jwt);
});
