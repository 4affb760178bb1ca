import { assert, assertEquals } from "@std/assert";
import { connect } from "../lib/database.ts";
import { createTestStack } from "../testbed/client.ts";

for (const transport of ["data_api", "driver"] as const) {
  Deno.test(`while the database is closed every call answers 503 with Retry-After, through ${transport}`, async () => {
    await using stack = await createTestStack({ transport });
    const sql = connect(stack.database_url);
    const token = await stack.sign({ exp: Math.floor(Date.now() / 1000) + 3_600 });
    const call = async () => {
      const response = await stack.call("stripe-customer", { method: "POST", token, body: {} });
      const { error, customer_id } = await response.json();
      return { status: response.status, code: error?.code, customer_id, retry: response.headers.get("retry-after") };
    };
    const { customer_id } = await call();
    assert(customer_id);

    await sql`select billing.close_deployment('infinity')`;
    const refused = { status: 503, code: "database_unavailable", customer_id: undefined, retry: "5" };
    assertEquals(await call(), refused);
    await sql`select billing.open_deployment()`;
    assertEquals(await call(), { status: 200, code: undefined, customer_id, retry: null });
    await sql.end();
  });
}
