/** The machine that the drill runs on. Rules for every implementation: ../ports.ts. */

export interface Clock {
  /** Wall clock. */
  now(): number;
  /** Never goes back; its zero means nothing. */
  monotonic(): number;
  /** Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface HostFacts {
  readonly hostname: string;
  readonly kernel: string;
  readonly cpus: number;
  readonly cpuModel: string;
  readonly memoryBytes: number;
  readonly loadAverage1m: number;
  readonly memoryAvailableBytes: number;
  readonly diskAvailableBytes: number;
}

export interface HostPort {
  facts(): Promise<HostFacts>;
  /** holdfast, node, pulumi, each plugin, kubernetes, postgres, pgbackrest, odoo, ... as far as they can be read. */
  versions(): Promise<Readonly<Record<string, string>>>;
  /** Names of stand-in plugins and hosts in use (rule 21), for the verdict. */
  standIns(): Promise<readonly string[]>;
  gitCommit(): Promise<{ readonly commit: string | null; readonly dirty: boolean }>;
}
