import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

const iterations = 4096;

/**
 * PostgreSQL's SCRAM-SHA-256 verifier of a password, as pg_authid keeps it: what
 * a statement carries in place of the password.
 *
 * @param label names the role and the site. The salt is derived from it and not
 * random, so that the same password gives the same verifier and an unchanged
 * `up` has no changes; not from the password, which would give an attacker a
 * test of it without the iterations.
 */
export function scramVerifier(password: string, label: string): string {
  const salt = createHash("sha256").update(`holdfast scram salt ${label}`).digest().subarray(0, 16);
  // SASLprep for what it changes in practice; generated passwords are ASCII.
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  const serverKey = hmac(salted, "Server Key");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey.toString("base64")}:${serverKey.toString("base64")}`;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
