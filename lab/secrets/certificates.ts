import { X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";

/** A certificate and its key, as paths without ending: NAME.crt and NAME.key. */
export interface Authority {
  readonly path: string;
}

export interface LeafSpec {
  /** Where NAME.crt and NAME.key go, without ending. */
  readonly path: string;
  readonly commonName: string;
  /** Kubernetes reads a user's groups from here. */
  readonly organization?: string;
  readonly dns?: readonly string[];
  readonly addresses?: readonly string[];
}

const validDays = "365";
/** A certificate with less than this left is made anew at the next `lab up`. */
const renewalMs = 30 * 24 * 3600 * 1000;

export async function ensureAuthority(path: string, commonName: string): Promise<Authority> {
  if (!(await isValid(path))) {
    await make(path, [
      "-subj",
      `/O=holdfast lab/CN=${commonName}`,
      "-addext",
      "basicConstraints=critical,CA:TRUE,pathlen:0",
      "-addext",
      "keyUsage=critical,keyCertSign,cRLSign",
    ]);
  }
  return { path };
}

/** A leaf that serves as server and as client. */
export async function ensureLeaf(authority: Authority, leaf: LeafSpec): Promise<void> {
  if (await isValid(leaf.path, `${authority.path}.crt`)) return;
  const names = [
    ...(leaf.dns ?? []).map((name) => `DNS:${name}`),
    ...(leaf.addresses ?? []).map((address) => `IP:${address}`),
  ];
  await make(leaf.path, [
    "-CA",
    `${authority.path}.crt`,
    "-CAkey",
    `${authority.path}.key`,
    "-subj",
    `${leaf.organization === undefined ? "" : `/O=${leaf.organization}`}/CN=${leaf.commonName}`,
    "-addext",
    "basicConstraints=critical,CA:FALSE",
    "-addext",
    "keyUsage=critical,digitalSignature",
    "-addext",
    "extendedKeyUsage=serverAuth,clientAuth",
    ...(names.length === 0 ? [] : ["-addext", `subjectAltName=${names.join(",")}`]),
  ]);
}

/** NAME.key to sign tokens with, NAME.pub to check them: the API server takes no private key for that. */
export async function ensureSigningKey(path: string): Promise<void> {
  if (await exists(`${path}.pub`)) return;
  await mkdir(dirname(path), { recursive: true });
  await execa("openssl", [
    "genpkey",
    "-algorithm",
    "EC",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-out",
    `${path}.key`,
  ]);
  await execa("openssl", ["pkey", "-in", `${path}.key`, "-pubout", "-out", `${path}.pub.new`]);
  await rename(`${path}.pub.new`, `${path}.pub`);
}

async function make(path: string, args: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const work = await mkdtemp(join(dirname(path), ".making-"));
  try {
    // An empty configuration: the machine's own may add extensions that clash with ours.
    await writeFile(join(work, "config"), "[req]\ndistinguished_name=dn\n[dn]\n");
    await execa("openssl", [
      ...[
        "req",
        "-x509",
        "-config",
        join(work, "config"),
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
      ],
      ...["-noenc", "-days", validDays, "-keyout", join(work, "key"), "-out", join(work, "crt"), ...args],
    ]);
    // The key first: a certificate that is there has its key.
    await rename(join(work, "key"), `${path}.key`);
    await rename(join(work, "crt"), `${path}.crt`);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Not about to expire, and signed by the authority that is in force now. */
async function isValid(path: string, authority?: string): Promise<boolean> {
  if (!(await exists(`${path}.crt`)) || !(await exists(`${path}.key`))) return false;
  const certificate = new X509Certificate(await readFile(`${path}.crt`));
  if (Date.parse(certificate.validTo) - Date.now() < renewalMs) return false;
  if (authority === undefined) return true;
  return certificate.verify(new X509Certificate(await readFile(authority)).publicKey);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
