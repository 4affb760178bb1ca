/** `npm run screenshots [-- --port N]`: takes the pictures of the documentation from the example app of a running stack. */
import { findBrowser } from "./journeys/find_browser.ts";
import { openBrowser } from "./journeys/browser.ts";
import { buy } from "./journeys/shop.ts";
import { openSignedIn } from "./journeys/sign_in.ts";
import { readArguments, runCommand } from "./lib/command.ts";
import { Failure } from "./lib/failure.ts";
import { ROOT } from "./lib/paths.ts";
import { parsePort } from "./lib/ports.ts";
import { findStack } from "./lib/stack_file.ts";

const FOLDER = `${ROOT}/docs/images`;

await runCommand(async () => {
  const { values } = readArguments({ port: { type: "string" } });
  const stack = findStack(values.port === undefined ? undefined : parsePort(values.port));
  if (stack?.web_url === undefined) throw new Failure(`The example app is not running. Start it with "npm start"`);
  const executable = findBrowser();
  if (executable === undefined) throw new Failure("No Chromium was found: set CHROME_PATH");

  const clerk = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${stack.clerk_secret_key}`, "content-type": "application/json" };
    return await (await fetch(stack.clerk_url + path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  };
  Deno.mkdirSync(FOLDER, { recursive: true });
  const browser = await openBrowser(executable);
  try {
    const page = await browser.newPage({ viewport: { width: 1_100, height: 760 }, locale: "en-US" });
    const take = async (name: string) => {
      const path = `${FOLDER}/${name}.png`;
      await page.screenshot({ path });
      console.log(path.slice(ROOT.length + 1));
    };
    await page.goto(stack.web_url);
    await page.getByRole("link", { name: "Choose Team" }).waitFor();
    await take("pricing");

    const email_address = [`${crypto.randomUUID()}@example.com`];
    const { id: user_id } = await clerk("/v1/users", { email_address, first_name: "Mary", last_name: "Somerville" });
    const { token } = await clerk("/v1/sign_in_tokens", { user_id });
    await openSignedIn(page, stack.web_url, token);
    await buy(page, "Starter");
    await page.getByLabel("Change the plan").selectOption({ label: "Team, $19 per seat and month" });
    await page.getByRole("button", { name: "Continue to confirm" }).waitFor();
    await take("account");
  } finally {
    await browser.close();
  }
});
