import { assertReadsOf30Days } from "./reads_of_30_days.ts";
import { startStack } from "./stack.ts";
import { createTestCatalog } from "./test_catalog.ts";

Deno.test("An idle shop, whose catalog is visited every hour, costs fewer than 4,000 reads in 30 days", async () => {
  await using stack = await startStack({ CATALOG_ACCESS: "public" });
  await createTestCatalog(stack);
  await assertReadsOf30Days(stack, { below: 4_000 });
});
