import { assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../lib/environment.ts";
import { createProcesses } from "../lib/processes.ts";
import { processIdentity } from "../lib/process_identity.ts";
import { prepareListener } from "./stripe_listen.ts";

const SECRET = "whsec_0123456789abcdef";
const URL = "http://127.0.0.1:1/functions/v1/stripe-webhook";

/** A program in place of the Stripe CLI, with the output that `npm start` would show. */
async function withProgram(listening: string, given: Record<string, string> = {}, printing = `echo ${SECRET}; exit`) {
  const folder = await Deno.makeTempDir();
  const program = `${folder}/stripe`;
  const script = `#!/bin/sh
echo "$STRIPE_API_KEY $*" >> ${folder}/calls
case "$*" in *--print-secret*) ${printing};; esac
${listening}`;
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  const output: string[] = [];
  const waiting = new Set<() => void>();
  const processes = createProcesses(`${folder}/processes.json`);
  const listener = await prepareListener({
    environment: environmentOf({ STRIPE_SECRET_KEY: "sk_test_51abc", ...given }, ".env"),
    processes,
    program,
    log(line) {
      output.push(line);
      for (const check of waiting) check();
    },
  });
  return {
    listener,
    processes,
    calls: () => Deno.readTextFileSync(`${folder}/calls`).trim().split("\n"),
    running: () => JSON.parse(Deno.readTextFileSync(`${folder}/processes.json`))[0].pid as number,
    prints: (text: string) =>
      new Promise<string>((resolve) => {
        const check = () => output.join("\n").includes(text) && resolve(output.join("\n"));
        waiting.add(check);
        check();
      }),
    async [Symbol.asyncDispose]() {
      await processes.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const LISTENING = `trap 'echo stopping; exit 0' TERM
echo "Ready! Your webhook signing secret is ${SECRET} (^C to quit)" >&2
while :; do sleep 0.01; done`;

Deno.test("stripe listen forwards the events, and its secret is passed to the functions", async () => {
  await using fake = await withProgram(LISTENING);
  assertEquals(fake.listener?.env, { STRIPE_WEBHOOK_SECRET: SECRET });
  await fake.listener!.forward(URL, ["customer.created", "invoice.paid"]);
  const output = await fake.prints("Ready!");
  assertEquals(output.includes(SECRET), false, "the secret is not printed");
  const api = "--api-base https://api.stripe.com";
  assertEquals(fake.calls(), [
    `sk_test_51abc listen --print-secret --skip-update ${api}`,
    `sk_test_51abc listen --skip-update --events customer.created,invoice.paid --forward-to ${URL} ${api}`,
  ]);

  const pid = fake.running();
  await fake.listener!.stop();
  assertEquals(processIdentity(pid), undefined);
  const last = await fake.prints("stopping");
  assertEquals(last.includes("It exited"), false);
});

Deno.test("stripe listen stops with all other processes", async () => {
  await using fake = await withProgram(LISTENING);
  await fake.listener!.forward(URL, ["*"]);
  await fake.prints("Ready!");
  const pid = fake.running();
  await fake.processes.stop();
  assertEquals(processIdentity(pid), undefined);
});

Deno.test("A configured secret is accepted in addition to that of stripe listen", async () => {
  await using fake = await withProgram(LISTENING, { STRIPE_WEBHOOK_SECRET: "whsec_mine" });
  assertEquals(fake.listener?.env, { STRIPE_WEBHOOK_SECRET: `whsec_mine,${SECRET}` });
});

Deno.test("A message is printed when stripe listen exits", async () => {
  await using fake = await withProgram("exit 7");
  await fake.listener!.forward(URL, ["*"]);
  assertStringIncludes(await fake.prints("It exited"), "code 7");
});

Deno.test("A key without the permission leaves the stack without events, and the reason is printed", async () => {
  await using fake = await withProgram("", {}, `echo "This key may not do that" >&2; exit 1`);
  assertEquals(fake.listener, undefined);
  assertStringIncludes(await fake.prints("are not forwarded"), "This key may not do that");
});
