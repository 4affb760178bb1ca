import { type Browser, chromium } from "playwright-core";

/** Nothing of the browser's own leaves this machine, and it takes little CPU. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  // Fewer processes: the browser draws, and one runs the pages of all sites.
  "--in-process-gpu",
  "--renderer-process-limit=1",
  "--disable-site-isolation-trials",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page lives for seconds, so optimizing its code costs more than it saves.
  "--js-flags=--no-maglev --no-opt",
];

export const openBrowser = (executablePath: string, ...args: string[]): Promise<Browser> =>
  chromium.launch({ executablePath, args: [...ARGUMENTS, ...args] });
