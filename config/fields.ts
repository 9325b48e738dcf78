import { z } from "zod";
import { type CronSchedule, cronForms, parseCron } from "./cron.ts";
import { durationForms, parseDuration, type Seconds } from "./duration.ts";
import type { SecretRef } from "./secret.ts";
import { type Bytes, parseSize, sizeForms } from "./size.ts";
import { parseTimestamp, timestampForms } from "./timestamp.ts";

/** What `collect` needs to know of a value to say what is wrong with it. */
export interface FieldMeta {
  readonly allowed: string;
  /** The value is a secret: never shown, and held apart from the config. */
  readonly secretValue?: true;
  /** Of an object: keys that it does not know are entries of this one of its records. */
  readonly rest?: string;
}

export function described<T extends z.ZodType>(schema: T, meta: FieldMeta): T {
  return schema.meta({ ...meta });
}

function parsed<T>(parse: (text: string) => T | undefined, problem: string, allowed: string) {
  return described(
    z.string().transform((text, context): T => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.issues.push({ code: "custom", message: problem, input: text });
      return z.NEVER;
    }),
    { allowed },
  );
}

/** Words such as "15 minutes"; at least `least` seconds. */
export function duration(least = 1) {
  return parsed<Seconds>(
    (text) => {
      const seconds = parseDuration(text);
      return seconds === undefined || seconds < least ? undefined : seconds;
    },
    "is not a duration that can be used here",
    `${durationForms}${least > 1 ? `, at least ${least} seconds` : ""}`,
  );
}

export function size() {
  return parsed<Bytes>(parseSize, "is not a size", sizeForms);
}

/** A moment with its zone; comes out as pgBackRest reads it. */
export function timestamp() {
  return parsed<string>(parseTimestamp, "is not a time", timestampForms);
}

/** A place in the write-ahead log. */
export function lsn() {
  return text(
    /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/,
    "is not an LSN",
    "as pg_current_wal_lsn() says it, for example 0/3000148",
  );
}

/** As `holdfast status` and pgBackRest call a set. */
export function backupSet() {
  return text(
    /^\d{8}-\d{6}F(_\d{8}-\d{6}[DI])?$/,
    "is not a backup set",
    "a label such as 20261125-011500F or 20261125-011500F_20261125-091500D",
  );
}

export function cron() {
  return described(
    z.string().transform((text, context): CronSchedule => {
      const schedule = parseCron(text);
      if (!("problem" in schedule)) return schedule;
      context.issues.push({ code: "custom", message: schedule.problem, input: text });
      return z.NEVER;
    }),
    { allowed: cronForms },
  );
}

/** A schedule that may be left out. */
export function cronOrNever() {
  return described(
    z.string().transform((text, context): CronSchedule | null => {
      if (text.trim() === "never") return null;
      const schedule = parseCron(text);
      if (!("problem" in schedule)) return schedule;
      context.issues.push({ code: "custom", message: schedule.problem, input: text });
      return z.NEVER;
    }),
    { allowed: `${cronForms}, or "never"` },
  );
}

/** A table with its schema, as SQL says it without quotes. */
export function tableName() {
  return text(
    /^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/,
    "is not a table's name",
    "schema.table in lower case, for example public.res_partner",
  );
}

/** A Pulumi secret (a string), or `{ file: path }` below $HOLDFAST_SECRETS. */
export function secret() {
  return described(
    z.custom<SecretRef>(() => true),
    {
      allowed: "a secret, or { file: a path below $HOLDFAST_SECRETS }",
      secretValue: true,
    },
  );
}

export function text(pattern: RegExp, problem: string, allowed: string) {
  return described(z.string().regex(pattern, problem), { allowed });
}

export function ipv4() {
  return described(z.ipv4("is not an IPv4 address"), { allowed: "an IPv4 address, for example 198.18.0.11" });
}

/** A DNS name, without a final dot. */
export function dnsName() {
  return text(
    /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "is not a DNS name",
    "lower-case letters, digits, hyphens and dots, for example erp.example.com",
  );
}

/** A name of a Kubernetes object (RFC 1123 label). */
export function label() {
  return text(
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    "is not a Kubernetes name",
    "at most 63 of a-z, 0-9 and hyphens",
  );
}

export function bucketName() {
  return text(
    /^(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    "is not a bucket name",
    "3 to 63 of a-z, 0-9, dots and hyphens, beginning and ending with a letter or digit",
  );
}

/** Who a store's policy speaks of. */
export function principal() {
  return text(
    /^arn:aws[a-z-]*:(iam|sts)::(\d{12}|\*)?:[\w+=,.@/*-]+$/,
    "is not a principal",
    "an ARN, for example arn:aws:iam::123456789012:user/holdfast-writer",
  );
}

export function image() {
  return text(
    /^[a-z0-9]+([._:/-]+[a-z0-9]+)*(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/i,
    "is not a container image",
    "registry/name:tag or registry/name@sha256:digest",
  );
}

export function url() {
  return described(
    z.string().refine((value) => {
      const parsedUrl = URL.canParse(value) ? new URL(value) : undefined;
      return parsedUrl !== undefined && /^https?:$/.test(parsedUrl.protocol) && parsedUrl.pathname === "/";
    }, "is not the URL of a service"),
    { allowed: "https://host:port without a path" },
  );
}

/** A word without spaces: region, stanza, storage class, module. */
export function word() {
  return text(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    "is not a name",
    "letters, digits, dots, hyphens and underscores",
  );
}

export function quantity() {
  return text(/^\d+(\.\d+)?(m|Ki|Mi|Gi)?$/, "is not a Kubernetes quantity", '"250m", "512Mi" or "2Gi"');
}

export function integer(least: number, most: number) {
  const allowed = `a whole number from ${least} to ${most}`;
  return described(z.int("is not a whole number").min(least, "is too small").max(most, "is too large"), {
    allowed,
  });
}

export function flag() {
  return described(z.boolean("is neither true nor false"), { allowed: "true or false" });
}

export function choice<const T extends readonly [string, ...string[]]>(values: T) {
  return described(z.enum(values, "is not one of the choices"), { allowed: values.join(", ") });
}

export function timeZone() {
  return described(
    z.string().refine((zone) => {
      try {
        new Intl.DateTimeFormat("en", { timeZone: zone });
        return /^(UTC|[A-Za-z_]+\/[A-Za-z_/+-]+\d*)$/.test(zone);
      } catch {
        return false; // Intl throws for a zone it does not know, and has no other way to say so.
      }
    }, "is not a time zone"),
    { allowed: "a name of the IANA list, for example Etc/UTC or Europe/Berlin" },
  );
}
