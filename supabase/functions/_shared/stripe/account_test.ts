import { assertEquals, assertRejects } from "@std/assert";
import { AppError } from "../errors.ts";

let answer: () => Response;
const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => answer());
Deno.env.set("STRIPE_SECRET_KEY", "rk_test_unit");
Deno.env.set("STRIPE_API_URL", `http://127.0.0.1:${server.addr.port}`);
const { readAccount } = await import("./account.ts");

/** Timeouts of answered requests remain. */
const loose = { sanitizeOps: false, sanitizeResources: false };

const refuse = (status: number, message: string) => () =>
  Response.json({ error: { type: "invalid_request_error", message } }, { status });
const REFUSAL = "The provided key 'rk_test_****' does not have the required permissions for this endpoint";

Deno.test({
  name: "The account is the one that Stripe answers, or names when a restricted key may not read it",
  ...loose,
  async fn() {
    answer = () => Response.json({ id: "acct_1", object: "account" });
    assertEquals(await readAccount(), "acct_1");
    const endings = [
      "Having the 'rak_accounts_kyc_basic_read' permission would allow this request to continue.",
      "This is a restricted API key, but the required permissions are not available for use by restricted keys.",
    ];
    for (const ending of endings) {
      answer = refuse(403, `${REFUSAL} on account 'acct_2'. ${ending}`);
      assertEquals(await readAccount(), "acct_2");
    }
  },
});

Deno.test({
  name: "Another refusal names no account, and the reason names the permission",
  ...loose,
  async fn() {
    const reasonOf = async () => ((await assertRejects(readAccount, AppError)).cause as AppError).message;
    answer = refuse(403, `${REFUSAL}. Having the 'rak_x_read' permission would allow this request to continue.`);
    assertEquals(await reasonOf(), "STRIPE_SECRET_KEY lacks rak_x_read");
    answer = refuse(401, "Invalid API Key provided: rk_test_**** on account 'acct_3'");
    assertEquals(await reasonOf(), "STRIPE_SECRET_KEY is refused by Stripe");
  },
});
