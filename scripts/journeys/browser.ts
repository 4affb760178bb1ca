import { type Browser, chromium } from "playwright-core";

/** Nothing of the browser's own leaves this machine. */
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A page lives for seconds, so optimizing its code costs more than it saves.
  "--js-flags=--no-maglev --no-opt",
];

export const openBrowser = (executablePath: string, ...args: string[]): Promise<Browser> =>
  chromium.launch({ executablePath, args: [...ARGUMENTS, ...args] });
