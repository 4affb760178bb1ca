import { assertEquals, assertLessOrEqual, assertRejects } from "@std/assert";
import { AppError } from "../errors.ts";

/** When Stripe was asked, on the clock of the deadlines, and what it answers. */
const asked: number[] = [];
const bodies: URLSearchParams[] = [];
let answer = (): Response => Response.json({ id: "cus_1", object: "customer" });
const stripe = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  asked.push(performance.now());
  bodies.push(new URLSearchParams(await request.text()));
  return answer();
});

Deno.env.set("STRIPE_SECRET_KEY", "sk_test_unit");
Deno.env.set("STRIPE_API_URL", `http://127.0.0.1:${stripe.addr.port}`);
const { createCustomer } = await import("./customers.ts");

const OWNER = { clerk_user_id: "user_ada", deployment_id: "d-1" };
const create = async (milliseconds: number) =>
  await createCustomer(OWNER, {}, { idempotencyKey: "key", deadline: performance.now() + milliseconds });

/** The library keeps its connection. */
const loose = { sanitizeOps: false, sanitizeResources: false };

Deno.test({
  name: "Trap 1: nothing is sent when the deadline is too near",
  ...loose,
  async fn() {
    asked.length = 0;
    for (const milliseconds of [-60_000, 0, 1_000, 4_000]) {
      const error = await assertRejects(() => create(milliseconds), AppError);
      assertEquals(error.code, "customer_busy");
    }
    assertEquals(asked, []);
  },
});

Deno.test({
  name: "Trap 1: what fails is sent twice more, and never after the deadline",
  ...loose,
  async fn() {
    asked.length = 0;
    answer = () => Response.json({ error: { type: "api_error" } }, { status: 500, headers: { "retry-after": "9" } });
    const deadline = performance.now() + 5_000;
    const error = await assertRejects(() => create(5_000), AppError);
    assertEquals(error.code, "stripe_unavailable");
    assertEquals(asked.length, 3);
    assertLessOrEqual(asked.at(-1)!, deadline);
  },
});

Deno.test({
  name: "An answer says whether it is of now or replayed",
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
  name: "An email that Stripe refuses is left out, under the same key; any other refusal is one",
  ...loose,
  async fn() {
    const describe = { email: "odd@example.com", name: "Ada" };
    const creation = { idempotencyKey: "key", deadline: performance.now() + 20_000 };
    const refuse = (param: string) => {
      const error = { type: "invalid_request_error", param, message: `Invalid ${param}` };
      return Response.json({ error }, { status: 400 });
    };

    asked.length = 0;
    const answers = [refuse("email"), Response.json({ id: "cus_1", object: "customer" })];
    answer = () => answers.shift()!;
    assertEquals((await createCustomer(OWNER, describe, creation)).object.id, "cus_1");
    assertEquals(bodies.slice(-2).map((body) => [body.get("email"), body.get("name")]), [
      ["odd@example.com", "Ada"],
      [null, "Ada"],
    ]);

    answer = () => refuse("name");
    await assertRejects(() => createCustomer(OWNER, describe, creation), AppError);
    assertEquals(asked.length, 3);
  },
});
