import { z } from "zod";
import type { Clock } from "./ports/host.ts";
import type { PutCondition, S3Port } from "./ports/objects.ts";
import type { LeasePort } from "./ports/third-place.ts";

/**
 * One run at a time: lease.json in the control bucket, taken and renewed by
 * conditional PUT. Taken over when its owner is proved dead: on this host by its
 * process, elsewhere by its expiry, and `graceMs` more where it is another run's. An emergency does not wait for a
 * rehearsal: it takes the lease from it, and the rehearsal ends when it next renews.
 */
export const leasePurposes = ["rehearsal", "drill", "emergency"] as const;
export type LeasePurpose = (typeof leasePurposes)[number];

const leaseSchema = z.object({
  schemaVersion: z.literal(1),
  run: z.string(),
  operator: z.string(),
  host: z.string(),
  pid: z.number().int(),
  pidStartTime: z.string().optional(),
  expiresAtMs: z.number(),
  /** Leases of an older version have none, and give way to nobody. */
  purpose: z.enum(leasePurposes).exactOptional(),
});

type Holder = z.infer<typeof leaseSchema>;

export const leaseKey = "lease.json";

export interface LeaseOptions {
  readonly s3: S3Port;
  readonly clock: Clock;
  readonly bucket: string;
  readonly run: string;
  readonly operator: string;
  readonly host: string;
  readonly pid: number;
  /** @default "drill" */
  readonly purpose?: LeasePurpose;
  /** Tells this process from a later one with the same number. */
  readonly pidStartTime?: string;
  /** @default 60 s, renewed three times in that time */
  readonly durationMs: number;
  /** How long past its expiry another run's lease from another host is still respected. @default 60 s */
  readonly graceMs: number;
  /** Is that process of this host alive? */
  readonly isAlive: (pid: number, pidStartTime: string | null) => boolean;
}

export function createLease(options: LeaseOptions): LeasePort {
  const { s3, clock, bucket, run } = options;
  let etag: string | null = null;

  const ours = (): string =>
    `${JSON.stringify({
      schemaVersion: 1,
      run,
      operator: options.operator,
      host: options.host,
      pid: options.pid,
      ...(options.pidStartTime === undefined ? {} : { pidStartTime: options.pidStartTime }),
      expiresAtMs: clock.now() + options.durationMs,
      purpose: options.purpose ?? "drill",
    } satisfies z.infer<typeof leaseSchema>)}\n`;

  const isFree = (holder: Holder): boolean => {
    if (options.purpose === "emergency" && holder.purpose === "rehearsal") return true;
    // A process that is gone needs no waiting: a drill killed a moment ago must not block the next one.
    if (holder.host === options.host)
      return (
        (holder.run === run && holder.pid === options.pid) ||
        !options.isAlive(holder.pid, holder.pidStartTime ?? null)
      );
    return clock.now() > holder.expiresAtMs + (holder.run === run ? 0 : options.graceMs);
  };

  async function write(condition: PutCondition, signal: AbortSignal): Promise<boolean> {
    const text = ours();
    const put = await s3.putText(bucket, leaseKey, text, condition, signal);
    if (put.written) {
      etag = put.etag;
      return true;
    }
    // A write whose answer was lost is sent again, and then meets itself.
    const found = await s3.getText(bucket, leaseKey, signal);
    if (found?.text !== text) return false;
    etag = found.etag;
    return true;
  }

  return {
    async acquire(signal) {
      for (;;) {
        const found = await s3.getText(bucket, leaseKey, signal);
        const holder = found === null ? null : parseHolder(found.text);
        if (holder !== null && !isFree(holder)) return { acquired: false, holder };
        const condition = found === null ? ({ ifNoneMatch: "*" } as const) : { ifMatch: found.etag };
        if (await write(condition, signal)) return { acquired: true };
        // Somebody was faster: look again who it is. Ends because the winner now holds it.
        await clock.sleep(200, signal);
      }
    },
    async renew(signal) {
      if (etag === null) return { renewed: false };
      return { renewed: await write({ ifMatch: etag }, signal) };
    },
    async release(signal) {
      if (etag === null) return;
      await s3.delete(bucket, leaseKey, { ifMatch: etag }, signal);
      etag = null;
    },
  };
}

/** A lease that cannot be read is nobody's: it names no run that could be asked. */
function parseHolder(text: string): Holder | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const parsed = leaseSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
