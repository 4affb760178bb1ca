import { TRANSPORT } from "../../../scripts/testbed/client.ts";
import { ORIGIN, type Stack } from "./stack.ts";

/**
 * Another process of a function on the same stack, as the platform starts under load.
 *
 * @param env Variables of the process, over those of the stack
 */
export async function startSecondProcess(stack: Stack, name: string, env: Record<string, string> = {}) {
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      "serve",
      "--no-check",
      "--config=supabase/functions/deno.json",
      "--node-modules-dir=manual",
      "--cached-only",
      "--allow-all",
      "--host=127.0.0.1",
      "--port=0",
      `supabase/functions/${name}/index.ts`,
    ],
    cwd: new URL("../../../", import.meta.url),
    clearEnv: true,
    env: {
      HOME: Deno.env.get("HOME") ?? "",
      NO_COLOR: "1",
      ...databaseOf(stack),
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: stack.publishable_key }),
      STRIPE_SECRET_KEY: stack.stripe_restricted_key,
      STRIPE_API_URL: stack.stripe_url,
      STRIPE_WEBHOOK_SECRET: stack.stripe_webhook_secret,
      CLERK_PUBLISHABLE_KEY: stack.clerk_publishable_key,
      CLERK_SECRET_KEY: stack.clerk_secret_key,
      CLERK_API_URL: stack.clerk_url,
      ALLOWED_ORIGINS: ORIGIN,
      ...env,
    },
    stdout: "null",
    stderr: "piped",
  }).spawn();

  // Read to the end: a full pipe would block the process.
  const listening = Promise.withResolvers<string>();
  let output = "";
  const reading = process.stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text) {
        output += text;
        const [, url] = output.match(/Listening on (http:\S+?)\/?\s/) ?? [];
        if (url !== undefined) listening.resolve(url);
      },
      close: () => listening.reject(new Error(`The second process did not listen: ${output}`)),
    }),
  );

  return {
    url: await listening.promise,
    async [Symbol.asyncDispose]() {
      process.kill("SIGKILL");
      await Promise.all([process.status, reading]);
    },
  };
}

function databaseOf({ url, secret_key, server_url }: Stack): Record<string, string> {
  if (TRANSPORT !== "data_api") return { DATABASE_URL: server_url };
  return { SUPABASE_URL: url, SUPABASE_SECRET_KEYS: JSON.stringify({ default: secret_key }) };
}

/** Several processes with their URLs. */
export async function startProcesses(stack: Stack, name: string, count: number) {
  const processes = await Promise.all(Array.from({ length: count }, () => startSecondProcess(stack, name)));
  return {
    urls: processes.map(({ url }) => url),
    async [Symbol.asyncDispose]() {
      await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
    },
  };
}
