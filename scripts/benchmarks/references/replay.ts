/**
 * What stands behind it, from memory: the first answer to each question is kept, so that a function's own work is
 * measured and not that of the one it asks. `UPSTREAM` says who knows.
 */
interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

const answers = new Map<string, Promise<Answer>>();

async function ask(path: string, { method, headers }: Request, question: string): Promise<Answer> {
  const body = question === "" ? undefined : question;
  const response = await fetch(Deno.env.get("UPSTREAM") + path, { method, headers, body });
  return {
    status: response.status,
    type: response.headers.get("content-type") ?? "",
    body: new Uint8Array(await response.arrayBuffer()),
  };
}

export default {
  async fetch(request: Request): Promise<Response> {
    const path = request.url.replace(/^https?:\/\/[^/]+/, "");
    const question = await request.text();
    const key = `${request.method} ${path} ${question}`;
    let answer = answers.get(key);
    if (answer === undefined) answers.set(key, answer = ask(path, request, question));
    const { status, type, body } = await answer;
    return new Response(body, { status, headers: { "content-type": type } });
  },
};
