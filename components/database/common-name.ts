import { X509Certificate } from "node:crypto";

/** The name that pgBackRest's server admits: the site's own certificate, which jobs show as clients. */
export function commonNameOf(pem: string): string {
  const subject = new X509Certificate(pem).subject;
  const name = /(?:^|\n)CN=(.+)/.exec(subject)?.[1];
  if (name === undefined) throw new Error(`the site's certificate has no common name: ${subject}`);
  return name;
}
