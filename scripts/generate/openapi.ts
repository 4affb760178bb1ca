/** docs/openapi.json: OpenAPI 3.1, from the table of endpoints and the schemas that check their input and answers. */
import {
  type CallerKind,
  type EndpointName,
  ENDPOINTS,
  type Method,
} from "../../supabase/functions/_shared/contract/endpoints.ts";
import { ErrorBody } from "../../supabase/functions/_shared/contract/error_body.ts";
import { type ErrorCode, STATUS } from "../../supabase/functions/_shared/contract/errors.ts";
import { type JsonSchema, jsonSchemas, REF, refOf } from "./schemas.ts";

export type Operation = {
  readonly summary: string;
  readonly callers: CallerKind;
  readonly input: Parameters<typeof refOf>[0];
  readonly output: Parameters<typeof refOf>[0];
  readonly statuses: readonly number[];
  readonly errors: readonly ErrorCode[];
};

const SUCCESS: Readonly<Record<number, string>> = {
  200: "The answer",
  201: "Created by this call",
  202: "Started: the work goes on behind the answer",
  304: "Not changed: the `If-None-Match` is the current `ETag`",
};

/** What a caller sends to be accepted; an empty alternative is a caller without a token. */
const SECURITY: Readonly<Record<CallerKind, object[]>> = {
  public: [],
  user: [{ clerk: [] }],
  catalog_reader: [{ clerk: [] }, {}],
  clerk: [{ clerk_signature: [] }],
  stripe: [{ stripe_signature: [] }],
  scheduler: [{ reconcile_secret: [] }],
};

const HEADERS = {
  "x-request-id": { description: "The same as in the log of the function", schema: { type: "string" } },
  "retry-after": { description: "Seconds to wait", schema: { type: "integer" } },
  etag: { description: "Sent back as `If-None-Match`", schema: { type: "string" } },
} as const;

const headers = (...names: (keyof typeof HEADERS)[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

const failure = (status: number, codes: ErrorCode[]) => ({
  description: codes.map((code) => `\`${code}\``).join(", "),
  headers: headers("x-request-id", ...(status === 503 || status === 409) ? ["retry-after" as const] : []),
  content: json(refOf(ErrorBody)),
});

const json = (schema: JsonSchema) => ({ "application/json": { schema } });

export function openapi() {
  const schemas = jsonSchemas();
  const paths = Object.fromEntries(
    Object.entries<Partial<Record<Method, Operation>>>(ENDPOINTS).map(([name, methods]) => [
      `/${name}`,
      Object.fromEntries(
        Object.entries(methods).map(([method, operation]) => [
          method.toLowerCase(),
          describe(name as EndpointName, method as Method, operation, schemas),
        ]),
      ),
    ]),
  );

  return {
    openapi: "3.1.1",
    info: {
      title: "Stripe billing",
      version: "1",
      description: "The Edge Functions of a Supabase project. The documentation is docs/03-api.md.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      { url: "https://{project}.supabase.co/functions/v1", variables: { project: { default: "project-ref" } } },
      { url: "http://127.0.0.1:54321/functions/v1", description: "npm start" },
    ],
    security: SECURITY.user,
    paths,
    components: {
      securitySchemes: {
        clerk: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "A session token of Clerk" },
        reconcile_secret: { type: "http", scheme: "bearer", description: "RECONCILE_SECRET" },
        clerk_signature: { type: "apiKey", in: "header", name: "svix-signature" },
        stripe_signature: { type: "apiKey", in: "header", name: "stripe-signature" },
      },
      headers: HEADERS,
      responses: Object.fromEntries(
        (Object.entries(STATUS) as [ErrorCode, number][]).map(([code, status]) => [code, failure(status, [code])]),
      ),
      schemas,
    },
  };
}

function describe(name: EndpointName, method: Method, operation: Operation, schemas: Record<string, JsonSchema>) {
  const { summary, callers, input, output, statuses, errors } = operation;
  const successes = statuses.map((status) => [
    status,
    {
      description: SUCCESS[status]!,
      headers: headers("x-request-id", ...statuses.includes(304) ? ["etag" as const] : []),
      ...status !== 304 && { content: json(refOf(output)) },
    },
  ]);
  const failures = [...Map.groupBy(errors, (code) => STATUS[code])].map(([status, codes]) => [
    status,
    codes.length === 1 ? { $ref: `#/components/responses/${codes[0]}` } : failure(status, codes.toSorted()),
  ]);

  return {
    operationId: method.toLowerCase() + name.replace(/(^|-)(\w)/g, (_, _dash, letter) => letter.toUpperCase()),
    summary,
    security: SECURITY[callers],
    ...callers === "stripe" || callers === "clerk"
      ? { requestBody: { required: true, content: json({ description: "The event", type: "object" }) } }
      : method === "GET"
      ? { parameters: parametersOf(schemas[refOf(input).$ref!.slice(REF.length)]!) }
      : { requestBody: { required: isRequired(input, schemas), content: json(refOf(input)) } },
    responses: Object.fromEntries([...successes, ...failures]),
  };
}

/** An array is repeated in the query: `lookup_key=a&lookup_key=b`, which is OpenAPI's own default. */
const parametersOf = ({ properties = {}, required = [] }: JsonSchema) =>
  Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    ...description !== undefined && { description },
    required: required.includes(name),
    schema,
  }));

const isRequired = (input: Operation["input"], schemas: Record<string, JsonSchema>) =>
  (schemas[refOf(input).$ref!.slice(REF.length)]!.required ?? []).length > 0;
