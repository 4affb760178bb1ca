/** Sends a request as it is written, because `fetch` refuses some that others may send. @returns Status and body */
export async function sendRaw(url: string, head: string[], body = ""): Promise<{ status: number; body: string }> {
  const { hostname, port, pathname, search } = new URL(url);
  const [method, ...headers] = head;
  const lines = [`${method} ${pathname}${search} HTTP/1.1`, `host: ${hostname}`, "connection: close", ...headers];
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n${body}`));
  const answer = await new Response(connection.readable).text();
  const [, status] = answer.match(/^HTTP\/1.1 (\d{3})/) ?? [];
  return { status: Number(status), body: answer.slice(answer.indexOf("\r\n\r\n") + 4) };
}
