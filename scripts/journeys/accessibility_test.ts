import { assertEquals } from "@std/assert";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { journey } from "./journey.ts";
import { arrive, buy, hasPaid } from "./shop.ts";

/** Clerk's own button says "Open organization switcher" and shows the organization's name. */
const OF_CLERK = [".cl-organizationSwitcherTrigger", "label-content-name-mismatch"] as const;

/** The serious findings on a page, in both color schemes. */
async function findings(page: Page): Promise<string[]> {
  const found: string[] = [];
  await page.addScriptTag({ content: axe.source });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate("Promise.allSettled(document.getAnimations().map(({ finished }) => finished))");
    // @ts-ignore The script runs in the page.
    const { violations } = await page.evaluate<axe.AxeResults>(() => globalThis.axe.run());
    for (const { id, impact, nodes } of violations) {
      if (impact !== "serious" && impact !== "critical") continue;
      const [selector, rule] = OF_CLERK;
      const ours = nodes.filter(({ target }) => id !== rule || !String(target).includes(selector));
      if (ours.length > 0) found.push(`${colorScheme} ${id}: ${ours.map(({ html }) => html).join(" ")}`);
    }
  }
  return found;
}

/** How far a page scrolls sideways on the narrowest phone. */
async function overflow(page: Page): Promise<number> {
  const size = page.viewportSize()!;
  await page.setViewportSize({ width: 320, height: 800 });
  const pixels = await page.evaluate<number>("document.documentElement.scrollWidth - 320");
  await page.setViewportSize(size);
  return Math.max(0, pixels);
}

journey("every page is accessible in both color schemes and fits a phone", async (visit) => {
  const { page, url } = visit;
  const pages: Record<string, { findings: string[]; overflow: number }> = {};
  const examine = async (name: string) => {
    pages[name] = { findings: await findings(page), overflow: await overflow(page) };
  };

  await page.goto(url);
  await page.getByRole("heading", { name: "Team" }).waitFor();
  await examine("pricing");
  await page.getByRole("link", { name: "Sign in" }).click();
  await page.getByLabel("Email address").waitFor();
  await examine("sign-in");
  await page.goto(`${url}/nowhere`);
  await page.getByRole("heading", { name: "Page not found" }).waitFor();
  await examine("not found");
  await arrive(visit);
  await buy(page, "Starter");
  await hasPaid(page, "$9");
  await examine("account");
  for (const [name, page] of Object.entries(pages)) assertEquals(page, { findings: [], overflow: 0 }, name);
});

journey("the keyboard reaches the content at once, and the focus follows the pages", async ({ page, url }) => {
  await page.goto(url);
  await page.getByRole("heading", { name: "Pricing" }).waitFor();
  assertEquals(await page.evaluate("document.activeElement.textContent"), "Pricing");
  await page.getByText(/^Choose/).first().waitFor();
  // The heading is where a Tab goes on from, so the beginning of the page is found by its elements.
  const first = page.locator("a[href], button, input, select, [tabindex='0']").first();
  assertEquals(await first.textContent(), "Skip to content");
  await first.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assertEquals(await page.evaluate("document.querySelector('main').contains(document.activeElement)"), true);
});
