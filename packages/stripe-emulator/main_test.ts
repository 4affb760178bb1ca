import { assertEquals } from "./testing/assert.ts";

Deno.test("main.ts on any free port prints its URL and answers requests with the default key", async () => {
  const main = new URL("./main.ts", import.meta.url).pathname;
  await using process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", "--cached-only", main, "--port", "0"],
    stdout: "piped",
  }).spawn();
  const { value: output } = await process.stdout.getReader().read();
  const [url] = new TextDecoder().decode(output).match(/http:\S+/) ?? [];
  const response = await fetch(`${url}/v1/account`, { headers: { authorization: "Bearer sk_test_emulator" } });
  assertEquals([response.status, (await response.json()).object], [200, "account"]);
});
