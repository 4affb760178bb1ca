import { assertEquals } from "@std/assert";
import { type Calls, scripted } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { type SyncGateways, syncObject } from "./sync_object.ts";

Deno.test("An object that the key may not read is deferred, so that Stripe does not disable the endpoint", async () => {
  for (const outcome of ["retry", "dead"]) {
    const calls: Calls = [];
    const error = AppError.notConfigured("lacks", { type: "StripePermissionError" });
    const gateway = scripted<never>({ retrieveObject: [error], failSync: [outcome] }, calls);
    const gateways: SyncGateways = { database: gateway, stripe: gateway };
    const result = await syncObject(7, { object: "invoice", object_id: "in_1" }, gateways);
    assertEquals(result, { outcome: "deferred", error });
    const failure = { failure: "permanent", reason: "not_permitted", retry_after: 3_600 };
    assertEquals(calls.at(-1), ["failSync", 7, "in_1", failure]);
  }
});

Deno.test("A key that is refused altogether is a failure, after which Stripe sends the event again", async () => {
  const error = AppError.notConfigured("refused", { type: "StripeAuthenticationError" });
  const gateway = scripted<never>({ retrieveObject: [error], failSync: ["retry"] }, []);
  const gateways: SyncGateways = { database: gateway, stripe: gateway };
  assertEquals((await syncObject(7, { object: "invoice", object_id: "in_1" }, gateways)).outcome, "retry");
});
