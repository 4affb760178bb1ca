import { assertEquals } from "@std/assert";
import { keyHeaders } from "./client.ts";

Deno.test("A new secret key is sent as apikey alone, a legacy key as bearer too", () => {
  assertEquals(keyHeaders("sb_secret_1"), { apikey: "sb_secret_1" });
  const legacy = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.c2lnbmF0dXJl";
  assertEquals(keyHeaders(legacy), { apikey: legacy, authorization: `Bearer ${legacy}` });
});

Deno.test("A call names the schema public and sends the key as the platform takes it", async () => {
  let received = new Headers();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, ({ headers }) => {
    received = headers;
    return Response.json(7);
  });
  Deno.env.set("SUPABASE_URL", `http://127.0.0.1:${server.addr.port}`);
  Deno.env.set("SUPABASE_SECRET_KEYS", '{"default":"sb_secret_1"}');
  Deno.env.set("STRIPE_SECRET_KEY", "sk_test_1");
  const { rpc } = await import("./client.ts");

  assertEquals(await rpc("draw_ticket", {}), 7);
  assertEquals(received.get("content-profile"), "public");
  assertEquals(received.get("apikey"), "sb_secret_1");
  assertEquals(received.get("authorization"), null);
});
