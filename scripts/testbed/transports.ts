/** Which test files run with which transports: each transport is to pass what the Data API passes. */
import { Failure } from "../lib/failure.ts";
import type { Transport } from "./client.ts";

export const TRANSPORTS: readonly Transport[] = ["data_api", "driver", "pooler"];

/** Files of tests/ that test the Data API or DATABASE_URL as such, or start no stack. */
const ONE_TRANSPORT = [
  "configuration",
  "customer_schedules",
  "data_api",
  "server_connections",
  "server_results",
  "tenant_isolation_data_api",
];
/** What `npm test` runs through the driver too. */
const SAMPLE = ["customer_kills", "outage", "selling_journeys"];
/** What runs through a pooler as well. */
const POOLED = ["customer_kills", "customer_load", "selling_journeys"];

const nameOf = (file: string) => file.match(/^supabase\/functions\/tests\/(.+)_test\.ts$/)?.[1];

/** The transports besides the Data API that a file of the functions' tests runs with. */
export function otherTransports(file: string, size: "small" | "full"): Transport[] {
  if (file.startsWith("supabase/functions/_shared/")) return [];
  const name = nameOf(file);
  if (name !== undefined && ONE_TRANSPORT.includes(name)) return [];
  if (size === "small") return name !== undefined && SAMPLE.includes(name) ? ["driver"] : [];
  return ["driver", ...name !== undefined && POOLED.includes(name) ? ["pooler" as const] : []];
}

/** @throws Failure for another name */
export function parseTransport(text: string): Transport {
  const transport = TRANSPORTS.find((name) => name === text);
  if (transport !== undefined) return transport;
  throw new Failure(`Invalid value for --transport: expected ${TRANSPORTS.join(", ")}, got "${text}"`);
}
