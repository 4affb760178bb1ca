/** The floor for one answer: its bytes, and nothing done to get them. */
const body = Deno.readFileSync(Deno.env.get("BODY_FILE") ?? "");
const headers = { "content-type": Deno.env.get("CONTENT_TYPE") ?? "" };

export default { fetch: () => new Response(body, { headers }) };
