/** Clerk's APIs for tests and local development; README.md lists the differences from the service. */
export { createFrontend, type FrontendOptions } from "./frontend/mod.ts";
export { createMembership } from "./memberships.ts";
export { createOrganization } from "./organizations.ts";
export { type ClerkOptions, createClerk } from "./server.ts";
export { newSigningKey, publicPem, type SigningKey } from "./signing_keys.ts";
export { type ClerkState, completeState, emptyState } from "./state.ts";
export { signToken } from "./tokens.ts";
export { createUser } from "./users.ts";
export { signedHeaders, Webhooks } from "./webhooks.ts";
