import type { S3Client } from "@aws-sdk/client-s3";
import { StoreError } from "./object-store.ts";
import { type RoleCredentials, roleCredentials } from "./role.ts";

/** Keys, or an IAM role that is taken with the surroundings' AWS credentials. */
type StoreIdentity = { readonly accessKey: string; readonly secretKey: string } | { readonly role: string };

export type S3Settings = {
  readonly endpoint: string;
  readonly region: string;
  /** The store's CA; without it Node's own and NODE_EXTRA_CA_CERTS count. */
  readonly caPem?: string | undefined;
} & StoreIdentity;

/** A store that does not answer must fail a preview in seconds, not hang it. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 15_000;

type Sdk = typeof import("@aws-sdk/client-s3");

interface Loaded {
  readonly sdk: Sdk;
  readonly client: S3Client;
}

/** The AWS SDK on one store, loaded at the first call: it costs more than the rest of the provider. */
export class S3Connection {
  readonly endpoint: string;
  readonly #settings: S3Settings;
  #loaded: Promise<Loaded> | undefined;

  constructor(settings: S3Settings) {
    this.endpoint = settings.endpoint;
    this.#settings = settings;
  }

  /** Runs one call; an error whose code is in `absent` is the answer `undefined`. */
  async call<T>(
    operation: string,
    target: string,
    absent: readonly string[],
    run: (loaded: Loaded) => Promise<T>,
  ): Promise<T | undefined> {
    this.#loaded ??= this.#load();
    const loaded = await this.#loaded;
    try {
      return await run(loaded);
    } catch (error) {
      const { code, status, message } = readError(error);
      if (absent.includes(code)) return undefined;
      const answer = status === undefined ? "no answer" : `answer ${status}${code === "" ? "" : ` ${code}`}`;
      throw new StoreError(`${operation} on ${target} at ${this.endpoint}: ${answer} (${message})`, {
        code,
        ...(status === undefined ? {} : { status }),
        cause: error,
      });
    }
  }

  async #load(): Promise<Loaded> {
    const sdk = await import("@aws-sdk/client-s3");
    const { endpoint, region, caPem } = this.#settings;
    const client = new sdk.S3Client({
      endpoint,
      region,
      credentials: credentialsOf(this.#settings),
      // A store on an address has no names to put a bucket in front of.
      forcePathStyle: true,
      // The SDK's own checksums are trailers that several S3 stores do not take.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        throwOnRequestTimeout: true,
        httpsAgent: caPem === undefined ? {} : { ca: caPem },
      },
    });
    return { sdk, client };
  }
}

/** What the SDK takes for an identity: keys as they are, or a function that it asks before each session's end. */
function credentialsOf(
  settings: StoreIdentity & { readonly region: string; readonly caPem?: string | undefined },
): RoleCredentials | (() => Promise<RoleCredentials>) {
  return "role" in settings
    ? roleCredentials(settings)
    : { accessKeyId: settings.accessKey, secretAccessKey: settings.secretKey };
}

function readError(error: unknown): {
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
} {
  if (!(error instanceof Error)) return { code: "", status: undefined, message: String(error) };
  const metadata = (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata;
  // A connection that failed on every address carries its reasons inside and no message of its own.
  const message =
    error instanceof AggregateError && error.message === ""
      ? error.errors
          .map((inner: unknown) => (inner instanceof Error ? inner.message : String(inner)))
          .join(", ")
      : error.message;
  return {
    code: metadata?.httpStatusCode === undefined ? "" : error.name,
    status: metadata?.httpStatusCode,
    message,
  };
}
