/** The ports of a stack: one number moves them all. */
import { Failure } from "./failure.ts";
import { portHolder } from "./port_holder.ts";

export interface Ports {
  readonly gateway: number;
  readonly postgres: number;
  readonly clerk: number;
  readonly stripe: number;
  /** The example app. */
  readonly web: number;
}

/** As `supabase start` has it: gateway on 54321, PostgreSQL on 54322. */
export const DEFAULT_PORT = 54321;

/** The only interface that a stack listens on. */
export const LOOPBACK = "127.0.0.1";

/** The gateway's port and the four after it. */
export const portsFrom = (port: number): Ports => ({
  gateway: port,
  postgres: port + 1,
  clerk: port + 2,
  stripe: port + 3,
  web: port + 4,
});

/** Reads `--port`. @throws Failure unless it and the four ports after it are valid */
export function parsePort(text: string | undefined): number {
  const port = Number(text ?? DEFAULT_PORT);
  if (Number.isInteger(port) && port >= 1024 && port <= 65_531) return port;
  throw new Failure(`Invalid value for --port: expected a number from 1024 to 65531, got "${text}"`);
}

/** @throws Failure that names the port in use and the process that holds it */
export async function requireFreePorts(ports: Ports): Promise<void> {
  for (const [name, port] of Object.entries(ports)) {
    if (isFree(port)) continue;
    const holder = await portHolder(port);
    throw new Failure(
      `Port ${port} (${name}) is in use${holder ? ` by ${holder}` : ""}: ` +
        `stop that program, or start on other ports with "npm start -- --port ${ports.gateway + 100}"`,
    );
  }
}

/** Whether a port is free. */
export function isFree(port: number): boolean {
  try {
    Deno.listen({ hostname: LOOPBACK, port }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return false;
    throw error;
  }
}

/** A port that is free at the moment. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: LOOPBACK, port: 0 });
  listener.close();
  return listener.addr.port;
}
