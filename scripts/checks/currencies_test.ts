/** The emulator refuses the currencies that Stripe refuses, and imports nothing from outside its folder. */
import { assertEquals } from "@std/assert";
import { CURRENCIES } from "../../supabase/functions/_shared/contract/currencies.ts";
import { read } from "./source_files.ts";

Deno.test("A price of the Stripe emulator can be filtered by its currency", () => {
  const [, list = ""] = read("packages/stripe-emulator/resources/shared/currency.ts").match(/`([a-z\s]+)`/) ?? [];
  const emulated = list.trim().split(/\s+/);
  assertEquals(emulated.length > 100, true);
  assertEquals(emulated.filter((code) => !CURRENCIES.has(code)), []);
});
