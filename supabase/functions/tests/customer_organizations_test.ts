/** Exactly one customer per organization, with calls of several administrators, and none of another owner. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Customer } from "../_shared/contract/customer.ts";
import { readAnswer, readError } from "./answers.ts";
import { isCreation, startCustomerStack } from "./customer_stack.ts";
import { startSecondProcess } from "./second_process.ts";
import { until } from "./until.ts";

Deno.test("stripe-customer for organizations", async (t) => {
  await using stack = await startCustomerStack();
  const { sql } = stack;
  await using second = await startSecondProcess(stack, "stripe-customer");
  const admins = await Promise.all(Array.from({ length: 4 }, stack.newUserWithEmail));
  const [ada, grace] = admins as [string, string];
  let organizations = 0;

  /** A new organization at Clerk. */
  const newOrganization = async () =>
    (await stack.clerk<{ id: string }>("POST", "/v1/organizations", { name: `Acme ${++organizations}` })).id;
  const tokenOf = (sub: string, id: string, rol = "admin") => stack.sign({ sub, v: 2, o: { id, slg: "acme", rol } });
  const version1 = (sub: string, org_id: string, role = "admin") =>
    stack.sign({ sub, org_id, org_slug: "acme", org_role: `org:${role}` });

  function call(token: string, method: "GET" | "POST" = "POST", owner = "organization"): Promise<Response> {
    if (method === "GET") return stack.call(`stripe-customer?for=${owner}`, { token });
    return stack.call("stripe-customer", { method, token, body: { for: owner } });
  }
  const callSecond = (token: string) =>
    fetch(`${second.url}/stripe-customer`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        origin: "http://localhost:3000",
        "content-type": "application/json",
      },
      body: JSON.stringify({ for: "organization" }),
    });

  /** The id that all of these answers have; exactly one of them created the customer. */
  async function idOfAll(responses: Response[]): Promise<string> {
    const customers = await Promise.all(
      responses.map((response) => readAnswer(response, response.status === 201 ? 201 : 200, Customer)),
    );
    assertEquals(customers.filter(({ created }) => created).length, 1);
    assertEquals(new Set(customers.map(({ customer_id }) => customer_id)).size, 1);
    return customers[0]!.customer_id;
  }
  const create = async (token: string) => (await readAnswer(await call(token), 201, Customer)).customer_id;
  const find = async (token: string) => (await readAnswer(await call(token), 200, Customer)).customer_id;

  for (const [where, ask] of [["in one process", [call]], ["in two processes", [call, callSecond]]] as const) {
    await t.step(`a hundred concurrent calls of four administrators ${where} create one customer`, async () => {
      const organization = await newOrganization();
      const tokens = await Promise.all(
        admins.map((admin, n) => n % 2 ? version1(admin, organization) : tokenOf(admin, organization)),
      );
      await stack.forgetStripeRequests();
      const id = await idOfAll(
        await Promise.all(
          Array.from({ length: 100 }, (_, n) => ask[n % ask.length]!(tokens[Math.floor(n / 2) % tokens.length]!)),
        ),
      );
      await stack.assertOnlyCustomer(organization, id);

      const [deployment] = await sql`select id from billing.deployment`;
      const creations = (await stack.stripeLog()).filter(isCreation);
      assertEquals(creations.map(({ idempotency_key }) => idempotency_key), [
        `customer:${deployment!.id}:${organization}:1`,
      ]);
      const [customer] = await stack.customersAtStripe(organization);
      assertEquals(customer!.metadata, {
        clerk_organization_id: organization,
        deployment_id: deployment!.id,
        name_from_clerk: `Acme ${organizations}`,
      });
      assertEquals([customer!.email, customer!.name], [null, `Acme ${organizations}`]);
      for (const admin of admins) {
        await readError(await stack.ask(admin, "GET"), "customer_not_found");
        assertEquals(await find(await tokenOf(admin, organization)), id);
      }
    });
  }

  await t.step(
    "another administrator's call after an inconclusive failure adopts the first one's customer",
    async () => {
      const organization = await newOrganization();
      await stack.fault({ method: "POST", path: "/v1/customers", kind: "500_after" });
      await readError(await call(await tokenOf(ada, organization)), "stripe_unavailable");
      const [made] = await stack.customersAtStripe(organization);
      await stack.passMinute(organization);
      assertEquals(await create(await tokenOf(grace, organization)), made!.id);
      await stack.assertOnlyCustomer(organization, made!.id);
    },
  );

  await t.step("a member is refused before and after the customer exists, and changes nothing", async () => {
    const organization = await newOrganization();
    const refuse = async () => {
      for (
        const token of [await tokenOf(grace, organization, "member"), await version1(grace, organization, "member")]
      ) {
        for (const method of ["GET", "POST"] as const) {
          assertMatch((await readError(await call(token, method), "forbidden")).message, /"member"/);
        }
      }
    };
    await refuse();
    assertEquals(await stack.customersAtStripe(organization), []);
    assertEquals((await sql`select from stripe_customer_mapping where owner_id = ${organization}`).length, 0);
    const id = await create(await tokenOf(ada, organization));
    await refuse();
    await stack.assertOnlyCustomer(organization, id);
  });

  await t.step("an administrator of two organizations gets the customer of the active one", async () => {
    const [acme, other] = [await newOrganization(), await newOrganization()];
    const ids = [await create(await tokenOf(ada, acme)), await create(await tokenOf(ada, other))];
    assertNotEquals(ids[0], ids[1]);
    assertEquals([await find(await version1(ada, acme)), await find(await version1(ada, other))], ids);
    await stack.assertOnlyCustomer(acme, ids[0]!);
    await stack.assertOnlyCustomer(other, ids[1]!);
  });

  await t.step("concurrent calls of one user for both owners create two customers that never mix", async () => {
    const user = await stack.newUserWithEmail();
    const organization = await newOrganization();
    const token = await tokenOf(user, organization);
    const [users, organizations] = await Promise.all(
      ["user", "organization"].map(async (owner) =>
        await idOfAll(await Promise.all(Array.from({ length: 20 }, () => call(token, "POST", owner))))
      ),
    );
    assertNotEquals(users, organizations);
    await stack.assertOnlyCustomer(user, users!);
    await stack.assertOnlyCustomer(organization, organizations!);
    const rows = await sql`
      select clerk_user_id, clerk_organization_id, stripe_customer_id from stripe_customer_mapping
      where owner_id in (${user}, ${organization}) order by clerk_user_id nulls last`;
    assertEquals([...rows], [
      { clerk_user_id: user, clerk_organization_id: null, stripe_customer_id: users! },
      { clerk_user_id: null, clerk_organization_id: organization, stripe_customer_id: organizations! },
    ]);
  });

  await t.step("a lost mapping is rebuilt from the metadata, for the organization and its user each", async () => {
    const user = await stack.newUserWithEmail();
    const organization = await newOrganization();
    const token = await tokenOf(user, organization);
    const ids = [await create(token), await stack.create(user)];
    await sql`delete from stripe_customer_mapping where owner_id in (${user}, ${organization})`;
    await sql`select billing.rebuild_mappings('', 10000)`;
    await stack.forgetStripeRequests();
    assertEquals([await find(token), await stack.find(user)], ids);
    assertEquals(await stack.stripeRequests(), []);
  });

  await t.step("a customer that is deleted at Stripe is replaced, and the members' own customers stay", async () => {
    const user = await stack.newUserWithEmail();
    const organization = await newOrganization();
    const token = await tokenOf(user, organization);
    const [deletedId, own] = [await create(token), await stack.create(user)];
    await stack.stripe.customers.del(deletedId);
    await stack.passDays(deletedId);
    assertEquals(await find(token), deletedId);
    await until(async () => (await stack.mapping(organization)).stripe_customer_id === null);

    const tokens = [token, await tokenOf(ada, organization), await version1(grace, organization)];
    const id = await idOfAll(await Promise.all(Array.from({ length: 30 }, (_, n) => call(tokens[n % 3]!))));
    assertNotEquals(id, deletedId);
    await stack.assertOnlyCustomer(organization, id);
    assertEquals((await stack.mapping(organization)).generation, 2);
    await stack.assertOnlyCustomer(user, own);
  });
});
