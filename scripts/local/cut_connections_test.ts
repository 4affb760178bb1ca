import { assertEquals } from "@std/assert";
import { surviveCutConnections } from "./cut_connections.ts";

/** Dispatches an error as Deno does for one that nobody caught. @returns Whether it was taken care of */
function uncaught(error: Error): boolean {
  const event = new ErrorEvent("error", { error, cancelable: true });
  globalThis.dispatchEvent(event);
  return event.defaultPrevented;
}

Deno.test("The driver's write to a dead socket ends no process, any other error does", () => {
  surviveCutConnections();
  const dead = new TypeError("Cannot read properties of null (reading 'write')");
  dead.stack = `${dead.message}\n    at Immediate.nextWrite (file:///x/node_modules/postgres/src/connection.js:255:22)`;
  assertEquals(uncaught(dead), true);
  assertEquals(uncaught(new TypeError("Cannot read properties of null (reading 'write')")), false);
});
