/**
 * `npm run leave [-- --prepare | --back] [--server URL --env-file FILE [--functions URL]] [--yes]`: moves the product from Supabase to
 * a plain server and a plain PostgreSQL, or back. `-- --rehearse` does it on a local stack with traffic.
 *
 * OLD_DATABASE_URL and NEW_DATABASE_URL are connection strings of the owners. docs/04-database.md has the plan.
 */
import { openStripe } from "./deploy/stripe/sdk.ts";
import { checkServer } from "./leave/check_server.ts";
import { AFTER_MOVE, AFTER_RETURN, notMoved, PREPARED } from "./leave/instructions.ts";
import { moveDeployment, requireTwoDatabases, reserve, SHORT } from "./leave/move.ts";
import { createServerRole, prepare } from "./leave/prepare.ts";
import { moveEndpoint } from "./leave/webhook.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { requireConfirmation } from "./lib/confirm.ts";
import { readEnvFile } from "./lib/env_file.ts";
import { Failure } from "./lib/failure.ts";
import { createProcesses } from "./lib/processes.ts";
import { createSteps } from "./lib/steps.ts";
import { untilStopped } from "./lib/stop_requests.ts";

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

await runCommand(async () => {
  const { values } = readArguments({
    prepare: { type: "boolean", default: false },
    back: { type: "boolean", default: false },
    rehearse: { type: "boolean", default: false },
    server: { type: "string" },
    functions: { type: "string" },
    "env-file": { type: "string" },
    yes: { type: "boolean", default: false },
  });
  if (values.rehearse) {
    const { rehearseLocally } = await import("./leave/rehearse_locally.ts");
    return await untilStopped(rehearseLocally) ?? stopped("Stopped: nothing of it is left running");
  }

  const old = { url: requireUrl("OLD_DATABASE_URL"), what: "the old database" };
  const young = { url: requireUrl("NEW_DATABASE_URL"), what: "the new database" };
  const [source, target] = values.back ? [young, old] : [old, young];
  const server = values.server?.replace(/\/+$/, "");
  const steps = createSteps();

  return await untilStopped(async (resources) => {
    const processes = createProcesses();
    resources.defer(() => processes.stop());
    const staying = await requireTwoDatabases(old, young);
    if (!values.back) {
      if (staying.length > 0) console.log(notMoved(staying));
      await steps.step("Roles, migrations and rights of the new database", async () => {
        await prepare(target, processes);
        await createServerRole(source);
        await reserve(source, target);
      });
      if (values.prepare) {
        console.log(PREPARED);
        return 0;
      }
      if (server !== undefined && !await enter(server)) return 0;
    }

    const { moved, rows, freeze } = await moveDeployment({
      source,
      target,
      steps,
      resources,
      confirm(seconds) {
        if (seconds < SHORT || values.yes) return;
        requireConfirmation(
          "freeze",
          `The freeze will take about ${
            Math.ceil(seconds)
          } s, more than ${SHORT} s: calls are answered with 503 meanwhile.`,
        );
      },
    });
    console.log(
      moved
        ? `Moved ${rows} rows; no call was taken for ${(freeze / 1000).toFixed(1)} s. ${capital(target.what)} is in use`
        : `Moved before: ${target.what} is in use`,
    );
    console.log(values.back ? AFTER_RETURN : AFTER_MOVE);
    return 0;
  }) ?? stopped("Stopped. Run it again: it recognizes what is done, and says which database is in use");

  /** The server beside the functions, and Stripe's events to it. @returns false if the operator has to act first */
  async function enter(server: string): Promise<boolean> {
    const missing = await steps.step("The server, on the old database or on the new one", () => checkServer(server));
    if (missing.includes("clerk_webhook")) {
      console.log("The server has no CLERK_WEBHOOK_SIGNING_SECRET: it refuses Clerk's events");
    }
    const envFile = values["env-file"];
    if (envFile === undefined) {
      if (!missing.includes("webhook")) return true;
      throw new Failure("The server has no STRIPE_WEBHOOK_SECRET: set it, or pass --env-file to create the endpoint");
    }
    const variables = readEnvFile(envFile);
    if (variables === undefined) throw new Failure(`There is no file "${envFile}"`);
    const { STRIPE_SECRET_KEY, STRIPE_API_URL = "https://api.stripe.com" } = variables;
    if (!STRIPE_SECRET_KEY) throw new Failure(`STRIPE_SECRET_KEY is missing in "${envFile}"`);
    const stripe = openStripe(STRIPE_API_URL, STRIPE_SECRET_KEY);
    const { functions } = values;
    const state = await steps.step(
      "Stripe's events to the server",
      () => moveEndpoint({ stripe, server, functions: functions?.replace(/\/+$/, ""), envFile }),
    );
    if (state === "moved") return true;
    console.log(
      `The endpoint was created and its secret added to "${envFile}". Restart the server with this file, then run this again`,
    );
    return false;
  }
});

/** @returns The exit code of a command that a signal stopped */
function stopped(message: string): number {
  console.log(message);
  return 130;
}

function requireUrl(name: string): string {
  const url = Deno.env.get(name);
  if (url === undefined || url === "") {
    throw new Failure(`${name} is missing: set it to the connection string of the owner, in session mode`);
  }
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Failure(`${name} is not a connection string: postgres://…`);
  return url;
}
