import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseEnv } from "node:util";
import { decode, parseEnvFile, readEnvFile } from "./env_file.ts";
import { readEnvironment } from "./environment.ts";
import { Failure } from "./failure.ts";
import { ROOT } from "./paths.ts";

const parse = (text: string) => parseEnvFile(text, ".env");

/** A file in a temporary folder with these bytes. */
function write(bytes: Uint8Array): string {
  const path = Deno.makeTempFileSync({ suffix: ".env" });
  Deno.writeFileSync(path, bytes);
  return path;
}
const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string) => new Uint8Array(Uint16Array.from(text, (unit) => unit.charCodeAt(0)).buffer);

const READ: [what: string, text: string, variables: Record<string, string>][] = [
  ["a byte order mark", "\ufeffA=1\nB=2", { A: "1", B: "2" }],
  ["CRLF", "A=1\r\nB='2'\r\n\r\n# C=3\r\n", { A: "1", B: "2" }],
  ["CR alone", "A=1\rB=2\r", { A: "1", B: "2" }],
  ["export", "export A=1\n  export\t B = 'x y'\nexport=3", { A: "1", B: "x y", export: "3" }],
  ["quotes", `A="x # y" # z\nB='a"b'\nC=\`it's\`\nD=""`, { A: "x # y", B: 'a"b', C: "it's", D: "" }],
  ["comments", "# A=0\n  # B=0\nA=1 # one\nB= # nothing\n", { A: "1", B: "" }],
  ["line breaks in quotes", 'A="x\\ny"\nB=\'x\\ny\'\nC="x\r\ny=="\nD=1', {
    A: "x\ny",
    B: "x\\ny",
    C: "x\ny==",
    D: "1",
  }],
  ["no-break spaces around a value", "A=\u00a01\u00a0", { A: "1" }],
  ["an empty value above the value", "A=\nA=1", { A: "1" }],
  ["the same value twice", "A=1\nA=1", { A: "1" }],
  ["braces, equals signs and dollars", `A={"default":"x"}\nB=a=b\nC=$A`, { A: '{"default":"x"}', B: "a=b", C: "$A" }],
  ["nothing", "", {}],
];
for (const [what, text, variables] of READ) {
  Deno.test(`parseEnvFile reads ${what}`, () => assertEquals(parse(text), variables));
}

const REFUSED: [what: string, text: string, message: string][] = [
  ["a line without an equals sign", "A=1\nSTRIPE_SECRET_KEY sk_live_1", `Line 2 of ".env" (STRIPE_SECRET_KEY) is not`],
  ["YAML", "STRIPE_SECRET_KEY: sk_live_1", `Line 1 of ".env" (STRIPE_SECRET_KEY) is not`],
  ["a line of PowerShell", "$env:CLERK_SECRET_KEY='sk_live_1'", "(CLERK_SECRET_KEY) is not NAME=value"],
  ["a line of cmd", "set CLERK_SECRET_KEY=sk_live_1", "(CLERK_SECRET_KEY) is not NAME=value"],
  ["a second byte order mark", "A=1\n\ufeffSTRIPE_SECRET_KEY=sk_live_1", "(STRIPE_SECRET_KEY) is not NAME=value"],
  ["a no-break space in a name", "STRIPE_SECRET_KEY\u00a0=sk_live_1", "(STRIPE_SECRET_KEY) is not NAME=value"],
  ["a PEM without quotes", "CLERK_JWT_KEY=-----BEGIN PUBLIC KEY-----\nMIIB/+\n", `Line 2 of ".env" is not NAME=value`],
  ["a missing closing quote", `A="1\nB=2\n`, "A in"],
  ["a missing closing quote before a quoted value", `A="1\nB="2"\n`, "A in"],
  ["a missing closing quote before a quoted comment", `A="1\nB=2 # "\n`, `A in ".env" has no closing quote`],
  ["text after a quoted value", `A="1" 2`, "A in"],
  [
    "typographic quotes",
    "STRIPE_SECRET_KEY=“sk_live_1”",
    `STRIPE_SECRET_KEY in ".env" begins with a typographic quote`,
  ],
  ["a zero-width space", "STRIPE_SECRET_KEY=\u200bsk_live_1", `STRIPE_SECRET_KEY in ".env" contains an invisible`],
  ["a number sign without a space", "RECONCILE_SECRET=abc#def", `RECONCILE_SECRET in ".env" contains "#"`],
  ["two values of one variable", "A=sk_live_1\nA=sk_test_1", `A in ".env" is set twice`],
  ["an empty value below the value", "A=1\nA=", `A in ".env" is set twice`],
];
for (const [what, text, message] of REFUSED) {
  Deno.test(`parseEnvFile refuses ${what} and shows no value`, () => {
    const error = assertThrows(() => parse(text), Failure, message);
    assert(!/sk_|MIIB|abc#def/.test(error.message), error.message);
  });
}

Deno.test("parseEnvFile reads .env.example as Node does", () => {
  const text = Deno.readTextFileSync(`${ROOT}/.env.example`);
  assertEquals(parse(text), { ...parseEnv(text) });
});

Deno.test("A file that is not UTF-8 is refused by its path", () => {
  const live = "STRIPE_SECRET_KEY=sk_live_1\n";
  for (
    const bytes of [utf16(`\ufeff${live}`), utf16(live), utf16(`\ufeff${live}`).reverse(), utf8("A=é").slice(0, 3)]
  ) {
    assertThrows(() => decode(bytes, ".env"), Failure, `".env" is not a text in UTF-8`);
  }
  assertEquals(readEnvFile("/nowhere/.env"), undefined);
});

Deno.test("A live key is refused however the file was written", () => {
  const writings: [text: string, message: string][] = [
    ["\ufeffSTRIPE_SECRET_KEY=sk_live_1", "is a live key"],
    ["A=1\r\nexport STRIPE_SECRET_KEY='sk_live_1'\r\n", "is a live key"],
    ["export  STRIPE_SECRET_KEY=sk_live_1", "is a live key"],
    ["A=1\rSTRIPE_SECRET_KEY=sk_live_1", "is a live key"],
    ['STRIPE_SECRET_KEY=" rk_live_1"', "is a live key"],
    ["stripe_secret_key=sk_live_1", "stripe_secret_key in"],
    ["OTHER=pk_live_1", "OTHER in"],
    ["STRIPE_SECRET_KEY=sk_live_1\nSTRIPE_SECRET_KEY=sk_test_1", "is set twice"],
  ];
  for (const [text, message] of writings) {
    const path = write(utf8(text));
    assertThrows(() => readEnvironment(path), Failure, message, text);
  }
  assertThrows(() => readEnvironment(write(utf16("\ufeffSTRIPE_SECRET_KEY=sk_live_1"))), Failure, "UTF-8");
});
