import { verifyWebhook } from "@clerk/backend/webhooks";
import { deepStrictEqual as assertEquals, rejects as assertRejects } from "node:assert/strict";
import { codeOf, openClerk } from "./testing/instance.ts";

const SECRET = `whsec_${btoa("a key of an endpoint")}`;
const ALL = ["user", "organization"].flatMap((kind) =>
  ["created", "updated", "deleted"].map((verb) => `${kind}.${verb}`)
);

/** An endpoint that keeps the requests it receives, and answers each with the next of the statuses, then 200. */
function openReceiver(statuses: number[] = []) {
  const requests: Request[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    requests.push(new Request(request.url, { method: "POST", headers: request.headers, body: await request.text() }));
    return new Response(null, { status: statuses.shift() ?? 200 });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    requests,
    events: () => Promise.all(requests.map((each) => verifyWebhook(each.clone(), { signingSecret: SECRET }))),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function openBoth({ statuses, events = ALL }: { statuses?: number[]; events?: string[] } = {}) {
  const receiver = openReceiver(statuses);
  const clerk = openClerk();
  clerk.webhooks.register({ url: receiver.url, secret: SECRET, events });
  return {
    ...receiver,
    clerk,
    async received(count: number) {
      while (receiver.requests.length < count) await new Promise((resume) => setTimeout(resume, 5));
      return await receiver.events();
    },
    async [Symbol.asyncDispose]() {
      await clerk[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

Deno.test("verifyWebhook of the SDK accepts the events of users and organizations", async () => {
  await using both = openBoth();
  const { users, organizations, emailAddresses, instance } = both.clerk.sdk;
  const ada = await users.createUser({ emailAddress: ["ada@example.com"], firstName: "Ada" });
  await users.updateUser(ada.id, { firstName: "Augusta" });
  const address = { userId: ada.id, emailAddress: "augusta@example.com", primary: true, verified: true };
  await emailAddresses.createEmailAddress(address);
  assertEquals((await users.getUser(ada.id)).primaryEmailAddress?.emailAddress, "augusta@example.com");
  const acme = await organizations.createOrganization({ name: "Acme", slug: "acme", createdBy: ada.id });
  await organizations.updateOrganization(acme.id, { name: "Acme Inc." });
  await organizations.deleteOrganization(acme.id);
  await users.deleteUser(ada.id);

  const events = await both.received(7);
  const named = events.map(({ type, data }) => [type, data.id]);
  const expected = [
    ["user.created", ada.id],
    ["user.updated", ada.id],
    ["user.updated", ada.id],
    ["organization.created", acme.id],
    ["organization.updated", acme.id],
    ["organization.deleted", acme.id],
    ["user.deleted", ada.id],
  ];
  assertEquals(named.toSorted(), expected.toSorted());
  const deleted = events.find(({ type }) => type === "user.deleted")!;
  assertEquals(deleted.data as unknown, { id: ada.id, object: "user", deleted: true });
  const { id } = await instance.get();
  assertEquals(new Set(events.map(({ instance_id }) => instance_id)), new Set([id]));
});

Deno.test("verifyWebhook of the SDK refuses another secret and a changed body", async () => {
  await using both = openBoth();
  await both.clerk.createUser("ada");
  await both.received(1);
  const [request] = both.requests;
  await assertRejects(verifyWebhook(request!.clone(), { signingSecret: `whsec_${btoa("another")}` }));
  const body = (await request!.clone().text()).replace("ada@", "eve@");
  const changed = new Request(both.url, { method: "POST", headers: request!.headers, body });
  await assertRejects(verifyWebhook(changed, { signingSecret: SECRET }));
});

Deno.test("only the types that the endpoint names are sent", async () => {
  await using both = openBoth({ events: ["user.deleted"] });
  const { id } = await both.clerk.createUser("ada");
  await both.clerk.sdk.users.deleteUser(id);
  assertEquals((await both.received(1)).map(({ type }) => type), ["user.deleted"]);
});

Deno.test("a message that the endpoint refuses is sent again, with the same id and a new signature", async () => {
  await using both = openBoth({ statuses: [500, 503] });
  await both.clerk.call("/_local/deliveries", { retries_ms: [5, 5] });
  await both.clerk.createUser("ada");
  await both.received(3);
  assertEquals(new Set(both.requests.map(({ headers }) => headers.get("svix-id"))).size, 1);
});

Deno.test("deliveries are lost, doubled and delayed as the control calls say, and sent again on demand", async () => {
  await using both = openBoth({ events: ["user.created"] });
  const { clerk } = both;
  await clerk.call("/_local/deliveries", { lost: true });
  await clerk.call("/_local/deliveries", { doubled: true });
  await clerk.call("/_local/deliveries", { delayed_ms: 100 });
  const ids = [];
  for (const name of ["lost", "doubled", "delayed", "direct"]) ids.push((await clerk.createUser(name)).id);
  const [lost, doubled, delayed, direct] = ids;
  const arrived = (await both.received(4)).map(({ data }) => data.id);
  assertEquals(arrived.toSorted(), [doubled, doubled, delayed, direct].toSorted());
  assertEquals(arrived.at(-1), delayed);

  const { counts, messages } = (await clerk.call("/_local/deliveries")).body;
  assertEquals([counts.lost, counts.doubled, counts.delayed], [1, 1, 1]);
  await clerk.call("/_local/deliver", { messages: [messages[0].id] });
  assertEquals((await both.received(5)).at(-1)?.data.id, lost);
  assertEquals((await clerk.call("/_local/deliveries", { often: 2 })).status, 422);
});

Deno.test("an email address that is deleted or no longer primary changes the user", async () => {
  await using clerk = openClerk();
  const { users, emailAddresses } = clerk.sdk;
  const ada = await clerk.createUser("ada");
  const second = await emailAddresses.createEmailAddress({ userId: ada.id, emailAddress: "b@example.com" });
  const primary = async () => (await users.getUser(ada.id)).primaryEmailAddress?.emailAddress;
  assertEquals(await primary(), "ada@example.com");
  await emailAddresses.updateEmailAddress(second.id, { primary: true });
  assertEquals(await primary(), "b@example.com");
  await emailAddresses.deleteEmailAddress(second.id);
  assertEquals([await primary(), await codeOf(emailAddresses.getEmailAddress(second.id))], [
    "ada@example.com",
    "resource_not_found",
  ]);
  const again = emailAddresses.createEmailAddress({ userId: ada.id, emailAddress: "ada@example.com" });
  assertEquals(await codeOf(again), "form_identifier_exists");
});
