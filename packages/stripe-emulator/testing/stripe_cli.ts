import { createRequire } from "node:module";
import { SECRET_KEY } from "./account.ts";

const CLI = createRequire(import.meta.url).resolve("@stripe/cli/bin/shim.js");

/** Runs the Stripe CLI against an emulator with its secret key. */
export const stripe = (url: string, ...args: string[]): Promise<any> => stripeWith(SECRET_KEY, url, ...args);

/** Runs the Stripe CLI with a key, in a home folder of its own, so that it changes no file of the user. */
export async function stripeWith(key: string, url: string, ...args: string[]): Promise<any> {
  const home = await Deno.makeTempDir();
  try {
    const { success, stdout, stderr } = await new Deno.Command(CLI, {
      args: [...args, "--api-base", url],
      clearEnv: true,
      env: {
        HOME: home,
        XDG_CONFIG_HOME: home,
        PATH: Deno.env.get("PATH") ?? "",
        STRIPE_API_KEY: key,
        STRIPE_CLI_TELEMETRY_OPTOUT: "1",
      },
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (!success) throw new Error(`stripe ${args.join(" ")}: ${text}${new TextDecoder().decode(stderr)}`);
    const json = text.indexOf("{\n"); // a deletion prints a message before the JSON
    return json < 0 ? text : JSON.parse(text.slice(json));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
