/**
 * A secret in the parsed config: the path at which it was given. The values lie
 * apart, in `LoadedConfig.secrets`, so that config and plan can be printed.
 */
export interface SecretRef {
  readonly secret: string;
}

/** What the outside gives to `loadConfig`. */
export interface ConfigPorts {
  /** Name of the Pulumi stack, without organisation and project. */
  readonly stack: string;
  /** Content of a file below $HOLDFAST_SECRETS, without its trailing newline; undefined where there is none. */
  readonly readSecretFile: (relativePath: string) => string | undefined;
  /**
   * Whether the stack's secrets are encrypted with the public passphrase of the lab.
   * @default false
   */
  readonly usesLabPassphrase?: boolean;
}
