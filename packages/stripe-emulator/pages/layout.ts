import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

const STYLE = `
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; color: #1a1a1a; background: #fff; }
  .local { background: #ffe9a8; border-bottom: 2px solid #7a5b00; padding: .5rem 1rem; }
  main { max-width: 34rem; margin: 0 auto; padding: 1rem; }
  fieldset { border: 1px solid #767676; margin: 1rem 0; padding: .5rem 1rem; }
  label { display: block; margin: .5rem 0; }
  input:not([type=radio]) { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .4rem; }
  button { font: inherit; padding: .5rem 1rem; margin: .25rem .25rem .25rem 0; }
  :focus-visible { outline: 3px solid #0b57d0; outline-offset: 2px; }
  [role=alert] { border: 2px solid #b3261e; padding: .5rem 1rem; }
  table { width: 100%; border-collapse: collapse; }
  th, td { text-align: left; padding: .25rem 0; vertical-align: top; }
  td:last-child, th:last-child { text-align: right; }
  tfoot { border-top: 1px solid #767676; }
`;

/** A page: a banner that says that it is local, an error that gets the focus, the content. */
export const layout = (title: string, content: Html, error?: string): Html =>
  html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <link rel="icon" href="data:,">
    <title>${error === undefined ? "" : "Error: "}${title}</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <p class="local" role="note">This page is a local emulator of Stripe. No money moves. Never enter a real card.</p>
    <main>
      <h1>${title}</h1>
      ${error === undefined ? "" : html`<p role="alert" tabindex="-1" autofocus>${error}</p>`}
      ${content}
    </main>
  </body>
</html>`;

/** An amount as its currency is written, such as `$10.00`. */
export function money(amount: number, currency: string): string {
  const format = new Intl.NumberFormat("en-US", { style: "currency", currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

/** How often a price is charged, such as ` every 3 months`; empty for a single payment. */
export function every(recurring: { interval: string; interval_count: number } | null): string {
  if (!recurring) return "";
  const { interval, interval_count: count } = recurring;
  return count === 1 ? ` every ${interval}` : ` every ${count} ${interval}s`;
}
