/** What is used of Deno's `@std/toml`, whose npm edition carries no types: https://jsr.io/@std/toml */
export function parse(text: string): Record<string, unknown>;
