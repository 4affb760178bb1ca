import { functionVariables } from "../../../scripts/testbed/client.ts";
import type { Stack } from "./stack.ts";

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
      ...functionVariables(stack),
      SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: stack.publishable_key }),
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
