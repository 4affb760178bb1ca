import { type EndpointName, ENDPOINTS } from "../_shared/contract/endpoints.ts";

/** An endpoint, as its index.ts exports it. */
export interface Endpoint {
  fetch(request: Request): Promise<Response>;
}

export type Endpoints = Readonly<Record<EndpointName, Endpoint>>;

/** Every endpoint of the contract, with the module that is named after it. */
export async function loadEndpoints(): Promise<Endpoints> {
  const names = Object.keys(ENDPOINTS);
  const modules = await Promise.all(
    names.map((name) => import(`../${name}/index.ts`) as Promise<{ default: Endpoint }>),
  );
  return Object.fromEntries(names.map((name, index) => [name, modules[index]!.default])) as Endpoints;
}

/** The name of the endpoint in an address, with or without the prefix of the platform. */
const NAME = /^https?:\/\/[^/]+(?:\/functions\/v1)?\/([\w-]+)/;

/** The endpoint that an address names. An unknown address is answered as every endpoint answers an unknown path. */
export function findEndpoint(url: string, endpoints: Endpoints): Endpoint {
  const name = NAME.exec(url)?.[1] ?? "";
  return Object.hasOwn(endpoints, name) ? endpoints[name as EndpointName] : endpoints.health;
}
