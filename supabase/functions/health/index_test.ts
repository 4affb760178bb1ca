import { assertEquals } from "@std/assert";
import { Health } from "../_shared/contract/health.ts";
import { readAnswer } from "../tests/answers.ts";
import { testEveryEndpoint } from "../tests/every_endpoint.ts";
import { startStack } from "../tests/stack.ts";

Deno.test("health", async (t) => {
  await using stack = await startStack();
  await testEveryEndpoint(t, stack, { name: "health", methods: ["GET"], caller: "public" });

  await t.step("GET answers 200 to every caller and says what is configured", async () => {
    const response = await stack.call("health");
    assertEquals(await readAnswer(response, 200, Health), {
      status: "ok",
      configured: {
        access: true,
        catalog: true,
        checkout: true,
        clerk: true,
        clerk_webhook: true,
        database: true,
        log: true,
        origins: true,
        reconcile: true,
        stripe: true,
        webhook: true,
      },
    });
    assertEquals(response.headers.get("cache-control"), "no-store");
  });

  await t.step("GET answers 200 to a caller with an invalid token", async () => {
    await readAnswer(await stack.call("health", { token: "garbage" }), 200, Health);
  });

  await t.step("GET makes no request to a service", async () => {
    await stack.stopDatabase();
    await readAnswer(await stack.call("health"), 200, Health);
    await stack.startDatabase();
    assertEquals(await stack.stripeRequests(), []);
  });
});
