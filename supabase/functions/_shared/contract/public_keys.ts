const PEM = /-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----/g;

/**
 * The RSA public keys in a text of one or more PEMs, however a person or a tool wrote their line breaks: as they are, as
 * `\n` or `\r\n` in letters, as spaces, or not at all.
 *
 * @throws Error when there is none, or one cannot be imported
 */
export async function importPublicKeys(text: string): Promise<JsonWebKey[]> {
  const lines = text.replace(/\\+[nr]/g, "\n");
  const bodies = Array.from(lines.matchAll(PEM), ([, body = ""]) => body.replace(/\s|"/g, ""));
  if (bodies.length === 0 || !/^[\s"',]*$/.test(lines.replaceAll(PEM, ""))) {
    throw new Error("It is no public key in PEM form");
  }
  return await Promise.all(bodies.map(async (body) => {
    const der = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    return await crypto.subtle.exportKey(
      "jwk",
      await crypto.subtle.importKey("spki", der, algorithm, true, ["verify"]),
    );
  }));
}
