/** Journeys of a user through the example app, in a real browser against a stack. */
import { assertEquals } from "@std/assert";
import type { BrowserContext, CDPSession, Page, Request } from "playwright-core";
import { createTestStack, PROJECT_URL, type TestStack } from "../testbed/client.ts";
import { missingForWebApp } from "../lib/web_app.ts";
import { openBrowser } from "./browser.ts";
import { findBrowser } from "./find_browser.ts";
import { openSignedIn } from "./sign_in.ts";

/** A page of its own, as a new visitor has it whose browser has cached the app's files. */
export interface Visit {
  readonly page: Page;
  readonly stack: TestStack;
  /** The address of the app. */
  readonly url: string;
  /** Opens a page of the app, signed in. */
  signIn(userId: string, path?: string): Promise<void>;
  /** Errors in the console that the journey provokes; it fails without them. */
  provoke(error: RegExp): void;
}

/** Milliseconds for one step, on a busy machine. */
const TIMEOUT = 60_000;
const LOOPBACK = ["127.0.0.1", "localhost", new URL(PROJECT_URL).hostname];

const executablePath = findBrowser();
const missing = executablePath === undefined ? "no Chromium was found; CHROME_PATH names one" : missingForWebApp();
if (missing !== undefined) console.log(`SKIPPED  the journeys in a browser: ${missing}`);

interface Shop {
  readonly stack: TestStack;
  readonly context: BrowserContext;
  /** Of a blank page, which keeps the context's window open. */
  readonly session: CDPSession;
}
/**
 * All journeys of a process share a stack and a browser, and have users of their own. They share a context too, with its
 * cache: compiling Clerk's scripts each time is a quarter of a journey's time. Each leaves it without pages, cookies and storage.
 */
let shop: Promise<Shop> | undefined;

async function openShop(): Promise<Shop> {
  const stack = await createTestStack({ seed: true, webhook: true, web: true });
  // The build names the project by a host of its own, so that one build serves every stack.
  const rule = `MAP ${new URL(PROJECT_URL).hostname}:80 ${new URL(stack.url).host}`;
  const browser = await openBrowser(executablePath!, `--host-resolver-rules=${rule}`);
  const context = await browser.newContext({ viewport: { width: 1_000, height: 800 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(TIMEOUT);
  return { stack, context, session: await context.newCDPSession(await context.newPage()) };
}

/** Leaves nothing of a journey to the next one but what is cached. */
async function clear({ context, session }: Shop, origins: Set<string>): Promise<void> {
  for (const page of context.pages().slice(1)) await page.close();
  await context.clearCookies();
  // The context's own setStorageState() would clear the cache too.
  const storageTypes = "local_storage,indexeddb,cache_storage,service_workers";
  for (const origin of origins) await session.send("Storage.clearDataForOrigin", { origin, storageTypes });
}

Deno.test.afterAll(async () => {
  if (shop === undefined) return;
  const { stack, context } = await shop;
  shop = undefined;
  await context.browser()!.close();
  await stack[Symbol.asyncDispose]();
});

/** A test in a browser; it also fails on a request that leaves this machine, and on an error that it does not provoke. */
export function journey(name: string, run: (visit: Visit) => Promise<void>): void {
  Deno.test({
    name,
    ignore: missing !== undefined,
    // The browser and its connection are shared.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const opened = await (shop ??= openShop());
      const { stack, context } = opened;
      const page = await context.newPage();
      const errors: string[] = [];
      const left: string[] = [];
      const origins = new Set<string>();
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") errors.push(`${message.text()} ${message.location().url}`);
      });
      const onRequest = (request: Request) => {
        const { protocol, hostname, origin } = new URL(request.url());
        if (/^https?:$/.test(protocol)) origins.add(origin);
        if (/^(https?|wss?):$/.test(protocol) && !LOOPBACK.includes(hostname)) left.push(request.url());
      };
      context.on("request", onRequest);
      const provoked: RegExp[] = [];
      const url = stack.web_url!;
      try {
        await run({ page, stack, url, provoke: (error) => provoked.push(error), signIn });
        const absent = provoked.filter((error) => !errors.some((text) => error.test(text)));
        assertEquals(absent, [], "errors that should have been provoked");
        assertEquals(errors.filter((text) => !provoked.some((error) => error.test(text))), [], "errors in the console");
        assertEquals(left, [], "requests that left this machine");
      } catch (error) {
        console.log(`${name}, at ${page.url()}:\n${await page.locator("body").innerText().catch(() => "")}`);
        console.log(errors.join("\n"));
        throw error;
      } finally {
        context.off("request", onRequest);
        await clear(opened, origins);
      }

      async function signIn(user_id: string, path?: string) {
        const { token } = await stack.clerk<{ token: string }>("POST", "/v1/sign_in_tokens", { user_id });
        await openSignedIn(page, url, token, path);
      }
    },
  });
}
