import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Failure } from "../../lib/failure.ts";
import { listen } from "../../lib/listen.ts";
import { ROOT } from "../../lib/paths.ts";
import { readAccount } from "../../lib/stripe_account.ts";
import { readStripeCalls } from "../testing/stripe_calls.ts";
import { refusal } from "../testing/restricted_key.ts";
import { type Level, levelOf, PERMISSIONS } from "../../lib/stripe_permissions.ts";
import { CREATE_KEY, missingPermissions, requirePermissions } from "./permissions.ts";

/** Without a request, or not needed: readAccount takes the id from the refusal. */
const EXEMPT = ["webhooks", "account"];

Deno.test("PERMISSIONS is exactly what the calls of functions and commands need", () => {
  const needed: Record<string, Level> = {};
  for (const { resource, level, file } of readStripeCalls()) {
    if (EXEMPT.includes(resource)) continue;
    const permission = PERMISSIONS.find(({ resources }) => resources.includes(resource));
    assert(permission !== undefined, `${file} calls "${resource}": add its permission to permissions.ts and docs/07`);
    if (needed[permission.name] !== "write") needed[permission.name] = level;
  }
  assertEquals(needed, Object.fromEntries(PERMISSIONS.map((permission) => [permission.name, levelOf(permission)])));
});

Deno.test("docs/07 lists exactly PERMISSIONS, and the link to the form has them filled in", () => {
  const page = Deno.readTextFileSync(`${ROOT}/docs/07-deploying.md`);
  const rows = [...page.matchAll(/^\| (.+?) +\| (read|write) +\| `(rak_\w+)` +\|/gm)].map(([, ...row]) => row);
  assertEquals(rows, PERMISSIONS.map((permission) => [permission.label, levelOf(permission), permission.name]));
  const filledIn = new URL(CREATE_KEY).searchParams.getAll("permissions[]");
  assertEquals(filledIn, PERMISSIONS.map(({ name }) => name));
});

/** Stripe, for a key with every permission but these. @param calls Gets method and path of each call */
const account = (missing: readonly string[], calls: string[] = []) =>
  listen(0, (request) => {
    const { pathname } = new URL(request.url);
    calls.push(`${request.method} ${pathname}`);
    const permission = PERMISSIONS.find(({ trial }) => trial.path.split("?")[0] === pathname);
    if (pathname === "/v1/account") return refusal("rak_accounts_kyc_basic_read");
    if (permission !== undefined && missing.includes(permission.name)) return refusal(permission.name);
    const error = { type: "invalid_request_error", code: "resource_missing", message: "No such object" };
    return pathname.endsWith("_trial") ? Response.json({ error }, { status: 404 }) : Response.json({ data: [] });
  });

Deno.test("missingPermissions names each permission that a restricted key lacks, and asks nothing for a secret key", async () => {
  for (const missing of [[], ...PERMISSIONS.map(({ name }) => [name]), PERMISSIONS.map(({ name }) => name)]) {
    const calls: string[] = [];
    const stripe = account(missing, calls);
    const found = await missingPermissions(stripe.url, "rk_test_1");
    assertEquals(await missingPermissions(stripe.url, "sk_test_1"), []);
    await stripe.close();
    assertEquals(found.map(({ name }) => name), missing);
    assertEquals(calls.length, PERMISSIONS.length);
    // A call that changes something may only be for an object that cannot exist.
    for (const call of calls) assert(call.startsWith("GET ") || call.endsWith("_permission_trial"), call);
  }
});

Deno.test("requirePermissions fails with every missing permission; that for webhooks only without an endpoint by hand", async () => {
  const stripe = account(["rak_plan_read", "rak_webhook_write"]);
  const require = (webhookByHand: boolean) => requirePermissions(stripe.url, "rk_test_1", { webhookByHand });
  const { message } = await assertRejects(() => require(false), Failure);
  for (
    const text of [
      "Prices: read (rak_plan_read)",
      "Webhook endpoints: write (rak_webhook_write)",
      "docs/07",
      CREATE_KEY,
    ]
  ) {
    assertStringIncludes(message, text);
  }
  assert(!(await assertRejects(() => require(true), Failure)).message.includes("Webhook endpoints: write"));
  await stripe.close();

  const limited = listen(0, () => Response.json({ error: { message: "Slow down" } }, { status: 429 }));
  await assertRejects(() => missingPermissions(limited.url, "rk_test_1"), Failure, "Stripe answers 429 (Slow down)");
  await limited.close();
});

Deno.test("readAccount of a restricted key takes the id from Stripe's refusal, in its older and newer words", async () => {
  const messages: [message: string, id: string | undefined][] = [
    [
      `The provided key 'rk_test_***1' does not have the required permissions for this endpoint on account 'acct_1A'. Having the 'rak_accounts_kyc_basic_read' permission would allow this request to continue.`,
      "acct_1A",
    ],
    [
      `The provided key 'rk_live_***1' does not have the required permissions for this endpoint on account 'acct_2B'. Enabling Accounts Read ('accounts_read') permissions on this key would allow this request to continue. You can edit permissions at https://dashboard.stripe.com/acct_9/apikeys`,
      "acct_2B",
    ],
    [
      `This is a restricted API key, but the required permissions are not available for use by restricted keys on account 'acct_3C'.`,
      "acct_3C",
    ],
    ["The API key provided does not allow requests from your IP address.", undefined],
  ];
  for (const [message, id] of messages) {
    for (const status of [403, 401]) {
      const stripe = listen(0, () => Response.json({ error: { message } }, { status }));
      const account = readAccount(stripe.url, "rk_live_1");
      if (id !== undefined && status === 403) assertEquals(await account, { id, livemode: true });
      else await assertRejects(() => account, Failure, message);
      await stripe.close();
    }
  }
});
