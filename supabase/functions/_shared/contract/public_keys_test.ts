import { assertEquals, assertRejects } from "@std/assert";
import { importPublicKeys } from "./public_keys.ts";

const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const EC = { name: "ECDSA", namedCurve: "P-256" };

/** A PEM as openssl writes it, 64 characters a line, and its key. */
async function newKey(algorithm: typeof RSA | typeof EC = RSA) {
  const { publicKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as CryptoKeyPair;
  const der = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.exportKey("spki", publicKey))));
  const lines = der.match(/.{1,64}/g) ?? [];
  return {
    pem: ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n"),
    n: (await crypto.subtle.exportKey("jwk", publicKey)).n,
  };
}

const moduli = async (text: string) => (await importPublicKeys(text)).map(({ n }) => n);

Deno.test("A PEM is imported however its line breaks were written", async () => {
  const { pem, n } = await newKey();
  const trimmed = pem.trim();
  const written = {
    "as they are": pem,
    "as Windows writes them": pem.replaceAll("\n", "\r\n"),
    "as \\n": trimmed.replaceAll("\n", "\\n"),
    "as \\r\\n": trimmed.replaceAll("\n", "\\r\\n"),
    "as \\n, escaped twice": trimmed.replaceAll("\n", "\\\\n"),
    "as \\n, before real ones": trimmed.replaceAll("\n", "\\n\n"),
    "as spaces": trimmed.replaceAll("\n", " "),
    "as tabs and spaces": pem.replaceAll("\n", "\n\t  "),
    "not at all": pem.replaceAll("\n", ""),
    "as carriage returns": pem.replaceAll("\n", "\r"),
    "within single quotes": `'${pem}\\n'`,
    "within quotes": `"${trimmed.replaceAll("\n", "\\n")}"`,
  };
  for (const [how, text] of Object.entries(written)) assertEquals(await moduli(text), [n], how);
});

Deno.test("Several PEMs in a row are imported in their order", async () => {
  const keys = await Promise.all([newKey(), newKey()]);
  const expected = keys.map(({ n }) => n);
  for (const between of ["", "\n\n", " ", "\\n", ",", ", "]) {
    assertEquals(await moduli(keys.map(({ pem }) => pem.trim()).join(between)), expected, JSON.stringify(between));
  }
});

Deno.test("A text without a PEM, or with one that cannot be imported, is refused", async () => {
  const { pem } = await newKey();
  const refused = [
    "",
    "MIIB",
    "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
    "-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----",
    pem.replace(/\n.{64}\n/, "\n"),
    pem.replace("M", "*"),
    pem + pem.slice(0, 200),
    pem + " and more",
    pem.replaceAll("PUBLIC", "RSA PUBLIC"),
    (await newKey(EC)).pem,
  ];
  for (const text of refused) await assertRejects(() => importPublicKeys(text), Error);
});
