import { assertEquals } from "@std/assert";
import { surviveCutConnections, unlessCut } from "./cut_connections.ts";

/** Dispatches an error as Deno does for one that nobody caught. @returns Whether it was taken care of */
function uncaught(error: Error): boolean {
  const event = new ErrorEvent("error", { error, cancelable: true });
  globalThis.dispatchEvent(event);
  return event.defaultPrevented;
}

/** What the driver throws when it writes to a socket that it has given up. */
function writeToDeadSocket(): Error {
  const dead = new TypeError("Cannot read properties of null (reading 'write')");
  dead.stack = `${dead.message}\n    at Immediate.nextWrite (file:///x/node_modules/postgres/src/connection.js:255:22)`;
  return dead;
}

Deno.test("The driver's write to a dead socket ends no process, any other error does", async () => {
  surviveCutConnections();
  const forgotten = unlessCut(new Promise<string>(() => {}), () => "lost");
  const slow = unlessCut(new Promise<string>((resolve) => setTimeout(() => resolve("answered"), 10)), () => "lost");
  assertEquals(uncaught(writeToDeadSocket()), true);
  assertEquals([await slow, await forgotten], ["answered", "lost"]);
  assertEquals(uncaught(new TypeError("Cannot read properties of null (reading 'write')")), false);
});
