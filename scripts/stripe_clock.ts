/**
 * `npm run stripe:clock [-- +1month] [--port N]`: moves the clock of the local Stripe forward, which does everything that
 * is due until then. Without a step it prints the time.
 */
import { readArguments, runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { isLoopback } from "./lib/loopback.ts";
import { parsePort } from "./lib/ports.ts";
import { findStack } from "./lib/stack_file.ts";
import { secondsOf } from "./stack/time_step.ts";

await runCommand(async () => {
  const { values, positionals } = readArguments({ port: { type: "string" } });
  const stack = findStack(values.port === undefined ? undefined : parsePort(values.port));
  if (stack === undefined) throw new Failure(`The local stack is not running. Start it with "npm start"`);
  if (!isLoopback(stack.stripe_url)) {
    throw new Failure(
      "The running stack uses a real Stripe account, whose clock cannot be moved. There a customer of a test clock can: " +
        "https://docs.stripe.com/billing/testing/test-clocks",
    );
  }

  const clock = async (body?: object): Promise<number> => {
    const response = await fetch(`${stack.stripe_url}/_local/clock`, {
      headers: { authorization: `Bearer ${stack.stripe_secret_key}` },
      ...body !== undefined && { method: "POST", body: JSON.stringify(body) },
    });
    const answer = await response.json();
    if (!response.ok) throw new Failure(`The local Stripe refuses it: ${answer.error?.message}`);
    return answer.now;
  };
  let now = await clock();
  if (positionals.length > 0) now = await clock({ advance_seconds: secondsOf(positionals.join(" "), now) });
  console.log(`It is ${new Date(now * 1_000).toISOString()} at the local Stripe`);
});
