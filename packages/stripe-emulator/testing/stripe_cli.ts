import { SECRET_KEY } from "./account.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

/** Runs the official Stripe CLI against a local account, with a home of its own so that it touches no file of the user's. */
export async function stripe(url: string, ...args: string[]): Promise<any> {
  const home = await Deno.makeTempDir();
  try {
    const { success, stdout, stderr } = await new Deno.Command(`${ROOT}node_modules/.bin/stripe`, {
      args: [...args, "--api-base", url],
      cwd: ROOT,
      clearEnv: true,
      env: {
        HOME: home,
        XDG_CONFIG_HOME: home,
        PATH: Deno.env.get("PATH") ?? "",
        STRIPE_API_KEY: SECRET_KEY,
        STRIPE_CLI_TELEMETRY_OPTOUT: "1",
      },
    }).output();
    const text = new TextDecoder().decode(stdout);
    if (!success) throw new Error(`stripe ${args.join(" ")}: ${text}${new TextDecoder().decode(stderr)}`);
    const json = text.indexOf("{\n"); // a deletion first says what it is about to do
    return json < 0 ? text : JSON.parse(text.slice(json));
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
