import { assertEquals, assertStringIncludes } from "@std/assert";
import { environmentOf } from "../lib/environment.ts";
import { createProcesses } from "../lib/processes.ts";
import { processIdentity } from "../lib/process_identity.ts";
import { prepareListener } from "./stripe_listen.ts";

const SECRET = "whsec_0123456789abcdef";
const URL = "http://127.0.0.1:1/functions/v1/stripe-webhook";

/** A program in the place of the Stripe CLI, and all that `npm start` would show of it. */
async function withProgram(listening: string, given: Record<string, string> = {}, printing = `echo ${SECRET}; exit`) {
  const folder = await Deno.makeTempDir();
  const program = `${folder}/stripe`;
  const script = `#!/bin/sh
echo "$STRIPE_API_KEY $*" >> ${folder}/calls
case "$*" in *--print-secret*) ${printing};; esac
${listening}`;
  await Deno.writeTextFile(program, script, { mode: 0o755 });
  const said: string[] = [];
  const waiting = new Set<() => void>();
  const processes = createProcesses(`${folder}/processes.json`);
  const listener = await prepareListener({
    environment: environmentOf({ STRIPE_SECRET_KEY: "sk_test_51abc", ...given }, ".env"),
    processes,
    program,
    log(line) {
      said.push(line);
      for (const look of waiting) look();
    },
  });
  return {
    listener,
    processes,
    calls: () => Deno.readTextFileSync(`${folder}/calls`).trim().split("\n"),
    running: () => JSON.parse(Deno.readTextFileSync(`${folder}/processes.json`))[0].pid as number,
    says: (words: string) =>
      new Promise<string>((resolve) => {
        const look = () => said.join("\n").includes(words) && resolve(said.join("\n"));
        waiting.add(look);
        look();
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

Deno.test("stripe listen forwards the wanted events, with its secret known to the functions before", async () => {
  await using fake = await withProgram(LISTENING);
  assertEquals(fake.listener?.env, { STRIPE_WEBHOOK_SECRET: SECRET });
  await fake.listener!.forward(URL, ["customer.created", "invoice.paid"]);
  const said = await fake.says("Ready!");
  assertEquals(said.includes(SECRET), false, "its secret is shown to nobody");
  const api = "--api-base https://api.stripe.com";
  assertEquals(fake.calls(), [
    `sk_test_51abc listen --print-secret --skip-update ${api}`,
    `sk_test_51abc listen --skip-update --events customer.created,invoice.paid --forward-to ${URL} ${api}`,
  ]);

  const pid = fake.running();
  await fake.listener!.stop();
  assertEquals(processIdentity(pid), undefined);
  const last = await fake.says("stopping");
  assertEquals(last.includes("ended by itself"), false);
});

Deno.test("stripe listen ends with all other processes", async () => {
  await using fake = await withProgram(LISTENING);
  await fake.listener!.forward(URL, ["*"]);
  await fake.says("Ready!");
  const pid = fake.running();
  await fake.processes.stop();
  assertEquals(processIdentity(pid), undefined);
});

Deno.test("A secret of one's own is accepted beside that of stripe listen", async () => {
  await using fake = await withProgram(LISTENING, { STRIPE_WEBHOOK_SECRET: "whsec_mine" });
  assertEquals(fake.listener?.env, { STRIPE_WEBHOOK_SECRET: `whsec_mine,${SECRET}` });
});

Deno.test("When stripe listen ends by itself, it is said", async () => {
  await using fake = await withProgram("exit 7");
  await fake.listener!.forward(URL, ["*"]);
  assertStringIncludes(await fake.says("ended by itself"), "code 7");
});

Deno.test("A key that may not listen leaves the stack without events, and the reason is said", async () => {
  await using fake = await withProgram("", {}, `echo "This key may not do that" >&2; exit 1`);
  assertEquals(fake.listener, undefined);
  assertStringIncludes(await fake.says("do not come here"), "This key may not do that");
});
