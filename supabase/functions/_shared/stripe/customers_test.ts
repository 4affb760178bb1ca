import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import type { Owner } from "../contract/owner.ts";
import { AppError } from "../errors.ts";
import { isNotExecuted } from "./errors.ts";

/** The times of the requests to Stripe on the clock of the deadlines, their bodies, and the next answer. */
const times: number[] = [];
const bodies: URLSearchParams[] = [];
let answer = (_body: URLSearchParams): Response => Response.json({ id: "cus_1", object: "customer" });
const stripe = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  times.push(performance.now());
  const body = new URLSearchParams(await request.text());
  bodies.push(body);
  return answer(body);
});

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");
Deno.env.set("STRIPE_API_URL", `http://127.0.0.1:${stripe.addr.port}`);
const { createCustomer, describeCustomer, findCustomer } = await import("./customers.ts");

const ADA: Owner = { id: "user_ada", kind: "user" };
const ACME: Owner = { id: "org_acme", kind: "organization" };
const IDENTITY = { owner: ADA, deployment_id: "d-1" };
const create = async (milliseconds: number) =>
  await createCustomer(IDENTITY, { idempotencyKey: "key", deadline: performance.now() + milliseconds });

/** The SDK keeps its connection open. */
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "Trap 1: no request is sent when the deadline is too near",
  ...loose,
  async fn() {
    times.length = 0;
    for (const milliseconds of [-60_000, 0, 1_000, 4_000]) {
      const error = await assertRejects(() => create(milliseconds), AppError);
      assertEquals(error.code, "customer_busy");
    }
    assertEquals(times, []);
  },
});

Deno.test({
  name: "Trap 1: a failed request is retried twice, and never after the deadline",
  ...loose,
  async fn() {
    times.length = 0;
    answer = () => Response.json({ error: { type: "api_error" } }, { status: 500, headers: { "retry-after": "9" } });
    const deadline = performance.now() + 5_000;
    const error = await assertRejects(() => create(5_000), AppError);
    assertEquals(error.code, "stripe_unavailable");
    assertEquals(times.length, 3);
    assertLessOrEqual(times.at(-1)!, deadline);
  },
});

Deno.test({
  name: "A customer is fresh unless Stripe replayed the response",
  ...loose,
  async fn() {
    for (const [header, fresh] of [[undefined, true], ["true", false], ["false", true]] as const) {
      const headers: HeadersInit = header === undefined ? {} : { "idempotent-replayed": header };
      answer = () => Response.json({ id: "cus_1", object: "customer" }, { headers });
      assertEquals(await create(20_000), { object: { id: "cus_1", object: "customer" } as never, fresh });
    }
  },
});

Deno.test({
  name: "A refusal by rate limit, key or permission was not executed, and any other failure or a replay may have been",
  ...loose,
  async fn() {
    const refusals = [[429, true], [401, true], [403, true], [400, false], [402, false], [409, false], [500, false]];
    for (const [status, expected] of refusals as [number, boolean][]) {
      for (const replayed of [false, true]) {
        const headers = { "stripe-should-retry": "false", "idempotent-replayed": String(replayed) };
        answer = () => Response.json({ error: { type: "invalid_request_error" } }, { status, headers });
        const error = await assertRejects(() => create(20_000), AppError);
        assertEquals(isNotExecuted(error), expected && !replayed, `${status}, replayed: ${replayed}`);
      }
    }
  },
});

const PROFILE = { email: "odd@example.com", name: "Ada" };
/** A field as it is sent, with the note that it is Clerk's. */
const EMAIL = { email: PROFILE.email, "metadata[email_from_clerk]": PROFILE.email };
const NAME = { name: PROFILE.name, "metadata[name_from_clerk]": PROFILE.name };

/** Stripe's refusal of a request, with or without the name of the field. */
const refusal = (param?: string, code?: string) =>
  Response.json({ error: { type: "invalid_request_error", code, param, message: `Invalid ${param}` } }, {
    status: code === "resource_missing" ? 404 : 400,
  });

/** Answers like Stripe, which refuses a request that has one of these fields. */
function refuse(...fields: string[]) {
  bodies.length = 0;
  answer = (body) =>
    fields.some((field) => body.has(field))
      ? refusal()
      : Response.json({ id: "cus_1", object: "customer", ...Object.fromEntries(body) });
}

for (
  const [fields, described] of [
    [[], { id: "cus_1", object: "customer", ...EMAIL, ...NAME }],
    [["email"], { id: "cus_1", object: "customer", ...NAME }],
    [["name"], { id: "cus_1", object: "customer", ...EMAIL }],
    [["email", "name"], undefined],
  ] as const
) {
  Deno.test({
    name: `A description of which Stripe refuses ${fields.join(" and ") || "nothing"} sets every other field`,
    ...loose,
    async fn() {
      refuse(...fields);
      assertEquals(await describeCustomer("cus_1", PROFILE) as unknown, described);
      assertEquals(bodies.length, fields.length === 0 ? 1 : 3);
    },
  });
}

Deno.test({
  name: "A description of a customer that no longer exists returns null, also after a refused field",
  ...loose,
  async fn() {
    answer = () => refusal("id", "resource_missing");
    assertEquals(await describeCustomer("cus_1", PROFILE), null);
    answer = (body) => body.has("email") ? refusal("email") : refusal("id", "resource_missing");
    assertEquals(await describeCustomer("cus_1", PROFILE), null);
  },
});

Deno.test({
  name: "A description that Stripe does not answer is an error, and no field is sent on its own",
  ...loose,
  async fn() {
    bodies.length = 0;
    answer = () => Response.json({ error: { type: "invalid_request_error", code: "rate_limit" } }, { status: 429 });
    await assertRejects(() => describeCustomer("cus_1", PROFILE), AppError);
    assertEquals(new Set(bodies.map(String)).size, 1);
  },
});

Deno.test({
  name: "A creation has the owner under the key of its kind, the deployment, and nothing that can change",
  ...loose,
  async fn() {
    answer = () => Response.json({ id: "cus_1", object: "customer" });
    for (const [owner, key] of [[ADA, "clerk_user_id"], [ACME, "clerk_organization_id"]] as const) {
      const creation = { idempotencyKey: "key", deadline: performance.now() + 20_000 };
      await createCustomer({ owner, deployment_id: "d-1" }, creation);
      assertEquals(Object.fromEntries(bodies.at(-1)!), {
        [`metadata[${key}]`]: owner.id,
        "metadata[deployment_id]": "d-1",
      });
    }
  },
});

Deno.test({
  name: "A page of the lookup has the oldest customer with the owner's own key in this deployment",
  ...loose,
  async fn() {
    const customer = (id: string, metadata: Record<string, string>) => ({ id, object: "customer", metadata });
    const data = [
      customer("cus_7", { clerk_user_id: "user_ada", deployment_id: "d-1" }),
      customer("cus_6", { clerk_organization_id: "org_acme", deployment_id: "d-1" }),
      customer("cus_5", { clerk_user_id: "user_ada", deployment_id: "d-1" }),
      customer("cus_4", { clerk_user_id: "org_acme", deployment_id: "d-1" }),
      customer("cus_3", { clerk_organization_id: "user_ada", deployment_id: "d-1" }),
      customer("cus_2", { clerk_user_id: "user_ada", deployment_id: "d-2" }),
      customer("cus_1", {}),
    ];
    answer = () => Response.json({ object: "list", data, has_more: false });
    const found = async (owner: Owner) =>
      (await findCustomer({ owner, deployment_id: "d-1" }, { gte: 1, lte: 2 })).customer?.object.id;
    assertEquals(await found(ADA), "cus_5");
    assertEquals(await found(ACME), "cus_6");
    assertEquals(await found({ id: "org_other", kind: "organization" }), undefined);

    const page = data.slice(-2).map((customer, n) => ({ ...customer, created: 9 - n }));
    const lastOf = async () => (await findCustomer(IDENTITY, { gte: 1, lte: 9 }, "cus_3")).last;
    answer = () => Response.json({ object: "list", data: page, has_more: true });
    assertEquals(await lastOf(), { id: "cus_1", created: 8 });
    answer = () => Response.json({ object: "list", data: page, has_more: false });
    assertEquals(await lastOf(), null);
  },
});
