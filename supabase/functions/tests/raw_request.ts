/**
 * Sends a request byte by byte, because `fetch` refuses some requests that clients may send.
 *
 * @param url Its path and query are sent unchanged.
 * @param head The method, then the headers. A `host` header is added unless one is given.
 * @param body A character is a byte.
 */
export async function sendRaw(url: string, [method, ...headers]: string[], body = ""): Promise<Response> {
  const [, hostname = "", port, target] = url.match(/^http:\/\/([^/:]+):(\d+)(\S*)$/) ?? [];
  const host = headers.some((line) => /^host:/i.test(line)) ? [] : [`host: ${hostname}`];
  const lines = [`${method} ${target} HTTP/1.1`, ...host, "connection: close", ...headers];

  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = Uint8Array.from(`${lines.join("\r\n")}\r\n\r\n${body}`, (character) => character.charCodeAt(0));
  for (let sent = 0; sent < request.length;) sent += await connection.write(request.subarray(sent));
  return parse(await new Response(connection.readable).text());
}

function parse(answer: string): Response {
  const end = answer.indexOf("\r\n\r\n");
  const [first = "", ...headers] = answer.slice(0, end).split("\r\n");
  const status = Number(first.match(/^HTTP\/1\.1 (\d{3}) /)?.[1]);
  if (!status) throw new Error(`The connection ended without an answer: "${first}"`);
  const pairs = headers.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  return new Response([204, 304].includes(status) ? null : answer.slice(end + 4), { status, headers: pairs });
}
