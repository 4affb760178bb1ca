import { html } from "hono/html";
import type { LineItem } from "../core/wire.ts";
import { type Html, money } from "./layout.ts";

type Line = Pick<LineItem, "amount" | "currency" | "description">;

/** The lines of an invoice. @param sums Below the lines: amounts by their names, as they are written */
export const lineTable = (caption: string, lines: readonly Line[], sums: Readonly<Record<string, string>>): Html =>
  html`
    <table>
      <caption>${caption}</caption>
      <thead>
        <tr>
          <th scope="col">Item</th>
          <th scope="col">Amount</th>
        </tr>
      </thead>
      <tbody>${lines.map(({ description, amount, currency }) =>
        html`
          <tr>
            <td>${description}</td>
            <td>${money(amount, currency)}</td>
          </tr>
        `
      )}</tbody>
      <tfoot>${Object.entries(sums).map(([name, sum]) =>
        html`
          <tr>
            <th scope="row">${name}</th>
            <td>${sum}</td>
          </tr>
        `
      )}</tfoot>
    </table>
  `;
