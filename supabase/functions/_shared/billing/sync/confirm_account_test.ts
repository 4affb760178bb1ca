import { assertEquals, assertRejects } from "@std/assert";
import { type Answers, type Calls, passTime, scripted } from "../../../tests/gateways.ts";
import { AppError } from "../../errors.ts";
import { type AccountGateways, confirmAccount } from "./confirm_account.ts";

function accounts(answers: Answers) {
  passTime();
  const calls: Calls = [];
  const gateways: AccountGateways = { database: scripted(answers, calls), stripe: scripted(answers, calls) };
  return { calls, confirm: () => confirmAccount(gateways) };
}

Deno.test("The account of the key is confirmed by the database", async () => {
  const { calls, confirm } = accounts({ readAccount: ["acct_1"], confirmAccount: [undefined] });
  await confirm();
  assertEquals(calls, [["readAccount"], ["confirmAccount", "acct_1"]]);
});

Deno.test("Concurrent and later calls within a minute share one check", async () => {
  const { calls, confirm } = accounts({ readAccount: ["acct_1", "acct_1"], confirmAccount: [undefined, undefined] });
  await Promise.all(Array.from({ length: 20 }, confirm));
  passTime(59_000);
  await confirm();
  assertEquals(calls.length, 2);
  passTime(2_000);
  await confirm();
  assertEquals(calls.length, 4);
});

Deno.test("Trap 22: a refusal is not cached, and each caller gets it", async () => {
  const refusal = AppError.notConfigured("another account");
  const { confirm } = accounts({
    readAccount: ["acct_2", "acct_2", "acct_1"],
    confirmAccount: [refusal, refusal, undefined],
  });
  for (let calls = 0; calls < 2; calls++) await assertRejects(confirm, AppError, "not configured");
  await confirm();
});

Deno.test("A failure of Stripe does not confirm the account", async () => {
  const { calls, confirm } = accounts({ readAccount: [AppError.stripeUnavailable(new Error())] });
  await assertRejects(confirm, AppError, "Stripe could not be reached");
  assertEquals(calls, [["readAccount"]]);
});
