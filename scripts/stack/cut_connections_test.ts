import { assertEquals } from "@std/assert";
import { surviveCutConnections, unlessCut } from "./cut_connections.ts";

/** Dispatches an error as Deno does for an uncaught one. @returns Whether it was handled */
function uncaught(error: Error): boolean {
  const event = new ErrorEvent("error", { error, cancelable: true });
  globalThis.dispatchEvent(event);
  return event.defaultPrevented;
}

/** The error that the driver throws when it writes to a closed socket. */
function writeToDeadSocket(): Error {
  const dead = new TypeError("Cannot read properties of null (reading 'write')");
  dead.stack = `${dead.message}\n    at Immediate.nextWrite (file:///x/node_modules/postgres/src/connection.js:255:22)`;
  return dead;
}

Deno.test("surviveCutConnections handles the driver's write to a closed socket, and no other error", async () => {
  surviveCutConnections();
  const lost = unlessCut(new Promise<string>(() => {}), () => "lost");
  const slow = unlessCut(new Promise<string>((resolve) => setTimeout(() => resolve("answered"), 10)), () => "lost");
  assertEquals(uncaught(writeToDeadSocket()), true);
  assertEquals([await slow, await lost], ["answered", "lost"]);
  assertEquals(uncaught(new TypeError("Cannot read properties of null (reading 'write')")), false);
});
