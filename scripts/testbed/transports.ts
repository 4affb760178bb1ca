/** Which tests of the functions run with which transports, besides the Data API, through which all of them run. */
import { Failure } from "../lib/failure.ts";
import type { Transport } from "./client.ts";

export const TRANSPORTS: readonly Transport[] = ["data_api", "driver", "pooler"];

/** Files of tests/ that test the Data API or DATABASE_URL as such, or start no stack. */
const ONE_TRANSPORT = [
  "configuration",
  "customer_schedules",
  "data_api",
  "secrets",
  "server_connections",
  "server_results",
  "tenant_isolation_data_api",
];
/** What `npm test` runs through the driver too. */
const SAMPLE = ["customer_kills", "selling_journeys"];
/** What runs through a pooler as well, where there is one. */
const POOLED = ["customer_kills", "customer_load", "selling_journeys"];

const nameOf = (file: string) => file.match(/^supabase\/functions\/tests\/(.+)_test\.ts$/)?.[1] ?? "";

/** Whether a file of the functions' tests means the same with every transport. */
export const isForAnyTransport = (file: string): boolean =>
  !file.startsWith("supabase/functions/_shared/") && !ONE_TRANSPORT.includes(nameOf(file));

/** The transports that a file of the functions' tests runs with too. In full, all files run through the driver. */
export function otherTransports(file: string, size: "small" | "full"): Transport[] {
  if (!isForAnyTransport(file)) return [];
  if (size === "small") return SAMPLE.includes(nameOf(file)) ? ["driver"] : [];
  return POOLED.includes(nameOf(file)) ? ["driver", "pooler"] : ["driver"];
}

/** @throws Failure for another name */
export function parseTransport(text: string): Transport {
  const transport = TRANSPORTS.find((name) => name === text);
  if (transport !== undefined) return transport;
  throw new Failure(`Invalid value for --transport: expected ${TRANSPORTS.join(", ")}, got "${text}"`);
}
