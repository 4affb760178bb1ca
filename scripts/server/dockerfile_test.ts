/** The container image: its lines are checked, carried out, and the result is called. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { validate } from "dockerfile-utils";
import { lines } from "../lib/lines.ts";
import { ROOT } from "../lib/paths.ts";
import { createTestStack, type TestStack, type Transport } from "../testbed/client.ts";
import { denoLock } from "./deno_lock.ts";
import { PERMISSIONS } from "./permissions.ts";
import { buildImage, type Image, readIgnored } from "./testing/build_image.ts";
import { nameOf, serveRegistry } from "./testing/registry.ts";
import { DATABASES, serverVariables } from "./testing/server_variables.ts";

const read = (path: string) => Deno.readTextFileSync(`${ROOT}/${path}`);
const LOCK = "supabase/functions/_server/deno.lock";
const dockerfile = read("Dockerfile");

Deno.test("the linter finds nothing in the Dockerfile", () => {
  assertEquals(validate(dockerfile).map(({ message }) => message), []);
  assert(validate(dockerfile.replace("WORKDIR /app", "WORKDIRS /app")).length > 0, "it does find an error");
});

Deno.test('the image\'s lock has the packages of package-lock.json: else run "npm run lock"', () => {
  const { imports } = JSON.parse(read("supabase/functions/deno.json"));
  assertEquals(JSON.parse(read(LOCK)), denoLock(imports, JSON.parse(read("package-lock.json"))) as unknown);
});

Deno.test("readIgnored lets the last pattern that fits decide", () => {
  const isIgnored = readIgnored("*\n!src/app\nsrc/app/tests\n**/*_test.ts\n");
  const paths = ["a.ts", "src/b.ts", "src/app/c.ts", "src/app/d/e.ts", "src/app/tests/f.ts", "src/app/c_test.ts"];
  assertEquals(paths.filter((path) => !isIgnored(path)), ["src/app/c.ts", "src/app/d/e.ts"]);
});

/** Runs the image's command until the test ends it. */
async function start(image: Image, stack: TestStack, transport: Transport) {
  const variables = serverVariables(stack, transport);
  const server = image.container(image.command, variables).spawn();
  const output: string[] = [];
  const listening = Promise.withResolvers<string>();
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const line of lines(stream)) {
      output.push(line);
      if (line.includes("Listening on")) listening.resolve(line);
    }
    listening.reject(new Error(output.join("\n")));
  };
  const ended = Promise.all([server.status, read(server.stdout), read(server.stderr)]);
  return {
    variables,
    url: `http://127.0.0.1:${variables.PORT}`,
    listening: await listening.promise,
    async stop() {
      server.kill("SIGTERM");
      const [{ code }] = await ended;
      return { code, output: output.join("\n") };
    },
  };
}

Deno.test("the Dockerfile's lines make an image that serves", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "image-" });
  await using _folder = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  const lock = read(LOCK);
  const names = Object.keys(JSON.parse(lock).npm).map(nameOf);
  await Deno.mkdir(`${folder}/tarballs`);
  await using registry = await serveRegistry(names, `${folder}/tarballs`);
  await Deno.mkdir(`${folder}/image`);
  const image = await buildImage(dockerfile, {
    context: ROOT,
    replaced: { [LOCK]: registry.lock(lock) },
    folder: `${folder}/image`,
    base: { NPM_CONFIG_REGISTRY: registry.url },
  });

  await t.step("it has the Deno of package.json, a user that is not root, and no test", () => {
    const { devDependencies } = JSON.parse(read("package.json"));
    assertEquals(image.from, `denoland/deno:${devDependencies.deno}`);
    const documented = read("docs/12-server.md").matchAll(/Deno (\d+\.\d+\.\d+)/g);
    assertEquals(new Set(documented.map(([, version]) => version)), new Set([devDependencies.deno]));
    assert(!["root", "0"].includes(image.user));
    assertEquals(image.exposed, ["8000"]);
    assert(image.files.includes("supabase/functions/stripe-webhook/index.ts"));
    assertEquals(image.files.filter((path) => /_test\.|\/tests\/|\.env/.test(path)), []);
  });

  await t.step("it has the permissions of npm run serve", () => {
    assertEquals(image.command.filter((flag) => flag.startsWith("--allow-")), PERMISSIONS);
  });

  await t.step("the unit of docs/12-server.md runs the same command", () => {
    const [, unit = ""] = /^ExecStart=\/usr\/local\/bin\/((?:.*\\\n)*.*)/m.exec(read("docs/12-server.md")) ?? [];
    assertEquals(unit.split(/[\s\\]+/), image.command);
  });

  for (const [name, transport] of Object.entries(DATABASES)) {
    await t.step(`over ${name} it answers, is healthy, and stops with 0`, async () => {
      await using stack = await createTestStack();
      const server = await start(image, stack, transport);
      assertMatch(server.listening, /http:\/\/0\.0\.0\.0:/);
      const token = await stack.signIn("ada");
      const customer = await fetch(`${server.url}/stripe-customer`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: "{}",
      });
      assertEquals(customer.status, 201);
      assertMatch((await customer.json()).customer_id, /^cus_/);
      for (const path of ["health", "ready"]) {
        const response = await fetch(`${server.url}/${path}`);
        assertEquals(response.status, 200, await response.text());
      }
      const probe = () => image.container(image.healthcheck, { PORT: server.variables.PORT }).output();
      assertEquals((await probe()).code, 0);
      const { code, output } = await server.stop();
      assertEquals(code, 0, output);
      assertStringIncludes(output, "Stopped");
      assertEquals((await probe()).code, 1);
    });
  }
});
