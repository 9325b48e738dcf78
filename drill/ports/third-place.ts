import type { Site } from "../../contract/stack.ts";

/** Who is active, and who runs a drill: kept outside both sites. Rules for every implementation: ../ports.ts. */

export interface EpochRecord {
  readonly epoch: number;
  readonly holder: Site;
  readonly run: string | null;
}

export interface EpochPort {
  /** Where epoch, fences and lease lie. */
  readonly bucket: string;
  /** The epoch object in the third place; null when no term was ever taken. */
  read(signal: AbortSignal): Promise<EpochRecord | null>;
}

export interface LeaseHolder {
  readonly run: string;
  readonly operator: string;
  readonly host: string;
  readonly pid: number;
  readonly expiresAtMs: number;
  readonly purpose?: "rehearsal" | "drill" | "emergency";
}

/** drill/lease.ts implements it over S3Port; adapters need not. */
export interface LeasePort {
  acquire(
    signal: AbortSignal,
  ): Promise<{ readonly acquired: true } | { readonly acquired: false; readonly holder: LeaseHolder }>;
  renew(signal: AbortSignal): Promise<{ readonly renewed: boolean }>;
  release(signal: AbortSignal): Promise<void>;
}
