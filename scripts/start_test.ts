import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { STRIPE_EVENTS } from "../supabase/functions/_shared/contract/stripe_events.ts";
import { exists, remove } from "./lib/files.ts";
import { dataFolder, ROOT } from "./lib/paths.ts";
import { isFree, LOOPBACK, portsFrom } from "./lib/ports.ts";
import { processIdentity } from "./lib/process_identity.ts";
import { findStack, type StackFile } from "./lib/stack_file.ts";
import { launch } from "./testbed/launched.ts";

const READY = "Ctrl-C stops the stack";
/** An empty file of variables, in place of the user's own. */
const NO_ENV_FILE = "/dev/null";

/** Five consecutive free ports, below the range that the system assigns. */
function freePorts(): number {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    if (Object.values(portsFrom(port)).every(isFree)) return port;
  }
}

const start = (port: number, options = {}) =>
  launch("start", ["--port", String(port), "--env-file", NO_ENV_FILE], options);

function runningStack(port: number): StackFile {
  const stack = findStack(port);
  assert(stack !== undefined, "stack.json exists");
  return stack;
}

/** The recorded processes of a stack. */
function recordedProcesses(port: number): { pid: number; identity: string }[] {
  return JSON.parse(Deno.readTextFileSync(`${dataFolder(port)}/processes.json`));
}

function launcher(port: number): number {
  return JSON.parse(Deno.readTextFileSync(`${dataFolder(port)}/launcher.json`)).pid;
}

function assertNothingLeft(port: number, processes: { pid: number; identity: string }[]) {
  assertEquals(processes.filter(({ pid, identity }) => processIdentity(pid) === identity), []);
  assertEquals(Object.values(portsFrom(port)).filter((each) => !isFree(each)), []);
  assertEquals(findStack(port), undefined);
}

async function createCustomer({ stripe_url, stripe_secret_key }: StackFile): Promise<string> {
  const response = await fetch(`${stripe_url}/v1/customers`, {
    method: "POST",
    headers: { authorization: `Bearer ${stripe_secret_key}` },
  });
  return (await response.json()).id;
}

/** The example app's page, Clerk's script beside it, and that the functions take its calls. */
async function assertAppAnswers({ url, web_url }: StackFile): Promise<void> {
  assertStringIncludes(await (await fetch(`${web_url}/account`)).text(), `<div id="root">`);
  const script = await fetch(`${web_url}/__clerk/npm/@clerk/clerk-js@6/dist/clerk.browser.js`);
  const file = `${ROOT}/node_modules/@clerk/clerk-js/dist/clerk.browser.js`;
  assertEquals(await script.text(), Deno.readTextFileSync(file));
  const { port } = new URL(web_url!);
  for (const origin of [web_url!, `http://localhost:${port}`]) {
    const response = await fetch(`${url}/functions/v1/stripe-products`, {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    assertEquals(response.headers.get("access-control-allow-origin"), origin);
  }
}

async function findCustomer({ stripe_url, stripe_secret_key }: StackFile, id: string): Promise<string> {
  const response = await fetch(`${stripe_url}/v1/customers/${id}`, {
    headers: { authorization: `Bearer ${stripe_secret_key}` },
  });
  return (await response.json()).id;
}

/** The URL of every webhook endpoint and its event types. */
async function webhookEndpoints({ stripe_url, stripe_secret_key }: StackFile): Promise<[string, string[]][]> {
  const response = await fetch(`${stripe_url}/v1/webhook_endpoints`, {
    headers: { authorization: `Bearer ${stripe_secret_key}` },
  });
  const { data } = await response.json();
  return data.map(({ url, enabled_events }: { url: string; enabled_events: string[] }) => [url, enabled_events]);
}

async function token(port: number, ...args: string[]): Promise<string> {
  const { code, output } = await launch("token", ["--port", String(port), ...args]).ended;
  assertEquals(code, 0, output);
  return output.trim();
}

async function stopWith(signal: Deno.Signal, stack: ReturnType<typeof start>, port: number) {
  const processes = recordedProcesses(port);
  stack.kill(signal);
  const { code, output } = await stack.ended;
  assertEquals(code, 0, output);
  assertNothingLeft(port, processes);
}

Deno.test("npm start after an interrupted one answers, stops on Ctrl-C without leftovers, and has its state on the next start", async () => {
  const port = freePorts();
  try {
    await using interrupted = start(port);
    await interrupted.prints("PostgreSQL 17");
    await stopWith("SIGINT", interrupted, port);

    await using first = start(port);
    const started = await first.prints(READY);
    assert(!started.includes("Data API |"), `A first start prints no error of the database: ${started}`);
    const before = runningStack(port);
    const answer = await fetch(`${before.url}/functions/v1/stripe-products`, {
      headers: { authorization: `Bearer ${await token(port, "grace", "--minutes", "5")}` },
    });
    assertEquals(answer.status, 200);
    assertNotEquals((await answer.json()).data, []);
    await assertAppAnswers(before);
    const customer = await createCustomer(before);
    const admin = await token(port, "ada", "--organization", "acme");
    const organization = await fetch(`${before.url}/functions/v1/stripe-customer`, {
      method: "POST",
      headers: { authorization: `Bearer ${admin}`, "content-type": "application/json" },
      body: JSON.stringify({ for: "organization" }),
    });
    assertEquals(organization.status, 201);
    assertNotEquals((await organization.json()).customer_id, customer);
    const endpoint: [string, string[]] = [`${before.url}/functions/v1/stripe-webhook`, Object.keys(STRIPE_EVENTS)];
    assertEquals(await webhookEndpoints(before), [endpoint]);
    await stopWith("SIGINT", first, port);

    await using second = start(port);
    const output = await second.prints(READY);
    assert(!output.includes("stripe fixtures"), "The catalog is not seeded twice");
    assertStringIncludes(output, "vite build (unchanged)");
    assertStringIncludes(output, `${before.web_url}: sign in as ada@example.com with the password local-password`);
    assertEquals(runningStack(port), before);
    assertEquals(await findCustomer(before, customer), customer);
    assertEquals(await webhookEndpoints(before), [endpoint], "The endpoint is not registered twice");
    await stopWith("SIGHUP", second, port);
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("npm start after a kill stops the leftover processes, has the earlier state, and exits with 1 when PostgreSQL exits", async () => {
  const port = freePorts();
  try {
    await using first = start(port);
    await first.prints(READY);
    const before = runningStack(port);
    const customer = await createCustomer(before);
    // The emulators' state is written soon after a change, not at once.
    while (!Deno.readTextFileSync(`${dataFolder(port)}/stripe.json`).includes(customer)) await pause();
    first.kill("SIGKILL");
    Deno.kill(launcher(port), "SIGKILL");
    await first.ended;
    const left = recordedProcesses(port); // the webhook's too, which the customer's event may have started
    assertNotEquals(left.filter(({ pid, identity }) => processIdentity(pid) === identity), []);
    // A stack.json whose launcher has exited is ignored.
    while (findStack(port) !== undefined) await pause();

    await using second = start(port);
    assertStringIncludes(await second.prints(READY), `Stopped ${left.length} processes`);
    assertEquals(left.filter(({ pid, identity }) => processIdentity(pid) === identity), []);
    assertEquals(runningStack(port).users, before.users);
    assertEquals(await findCustomer(before, customer), customer);

    // When only run.mjs is killed, the command stops.
    const processes = recordedProcesses(port);
    second.kill("SIGKILL");
    await second.ended;
    while (findStack(port) !== undefined || exists(`${dataFolder(port)}/launcher.json`)) await pause();
    assertNothingLeft(port, processes);

    await using third = start(port);
    await third.prints(READY);
    const last = recordedProcesses(port);
    Deno.kill(Number(Deno.readTextFileSync(`${dataFolder(port)}/postgres/postmaster.pid`).split("\n")[0]), "SIGQUIT");
    const { code, output } = await third.ended;
    assertEquals(code, 1);
    assertStringIncludes(output, "PostgreSQL exited unexpectedly");
    assertNothingLeft(port, last);
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("A second start and a reset are refused while the stack runs, and npm forwards a signal", async () => {
  const port = freePorts();
  try {
    await using stack = start(port, { npm: true });
    await stack.prints(READY);

    const second = await start(port).ended;
    assertEquals(second.code, 1);
    assertStringIncludes(second.output, `The stack on port ${port} is already running (pid ${launcher(port)})`);
    const neighbour = await start(port - 1).ended;
    assertEquals(neighbour.code, 1);
    assertStringIncludes(neighbour.output, `Port ${port} (postgres) is in use by "deno" (pid ${launcher(port)})`);
    const reset = await launch("reset", ["--port", String(port)]).ended;
    assertEquals(reset.code, 1);
    assertStringIncludes(reset.output, "is already running");

    // npm may exit before the command that it started.
    const processes = recordedProcesses(port);
    stack.kill("SIGTERM");
    await stack.prints("Stopping");
    while (exists(`${dataFolder(port)}/launcher.json`)) await pause();
    assertNothingLeft(port, processes);
    assertEquals((await launch("reset", ["--port", String(port)]).ended).code, 0);
    assert(!exists(dataFolder(port)));
  } finally {
    remove(dataFolder(port));
    remove(dataFolder(port - 1));
  }
});

Deno.test("npm start names a port in use, its process and the option for another port", async () => {
  const port = freePorts();
  using _listener = Deno.listen({ hostname: LOOPBACK, port: port + 2 });
  try {
    const { code, output } = await start(port).ended;
    assertEquals(code, 1);
    assertStringIncludes(output, `Port ${port + 2} (clerk) is in use by "deno" (pid ${Deno.pid})`);
    assertStringIncludes(output, "npm start -- --port");
  } finally {
    remove(dataFolder(port));
  }
});

Deno.test("npm start asks for a reset after another PostgreSQL version and after a removed migration", async () => {
  const port = freePorts();
  const folder = dataFolder(port);
  try {
    Deno.mkdirSync(`${folder}/postgres`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/postgres/PG_VERSION`, "16\n");
    const other = await start(port).ended;
    assertEquals(other.code, 1);
    assertStringIncludes(other.output, "was written by PostgreSQL 16");
    assertStringIncludes(other.output, "npm run reset");

    remove(folder);
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${folder}/migrations.json`, `{ "20250101000000_gone.sql": "" }`);
    const edited = await start(port).ended;
    assertEquals(edited.code, 1);
    assertStringIncludes(edited.output, `Migration "20250101000000_gone.sql" was removed since it was applied`);
    assertStringIncludes(edited.output, "npm run reset");
  } finally {
    remove(folder);
  }
});

Deno.test("start and stripe:seed refuse a live key before they do anything", async () => {
  const envFile = Deno.makeTempFileSync();
  try {
    Deno.writeTextFileSync(envFile, "STRIPE_SECRET_KEY=sk_live_1234567890abcdef\n");
    for (const command of ["start", "stripe:seed"]) {
      const { code, output } = await launch(command, ["--env-file", envFile]).ended;
      assertEquals(code, 1);
      assertStringIncludes(output, "STRIPE_SECRET_KEY");
      assertStringIncludes(output, "is a live key");
    }
  } finally {
    Deno.removeSync(envFile);
  }
});

const pause = () => new Promise((resume) => setTimeout(resume, 20));
