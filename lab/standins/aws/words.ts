// Stand-in for Pulumi's provider aws, on moto: the lab's alone.
import { isMap } from "../../../provider/server/value.ts";

/** S3's names in the SDK, where a capital first letter is not all. */
const UNLIKE: Readonly<Record<string, string>> = {
  id: "ID",
  kmsMasterKeyId: "KMSMasterKeyID",
  replicaKmsKeyId: "ReplicaKmsKeyID",
  sseAlgorithm: "SSEAlgorithm",
  uri: "URI",
};
const LIKE = Object.fromEntries(Object.entries(UNLIKE).map(([own, aws]) => [aws, own]));

/** Pulumi's names to the SDK's, all the way down; `tags` are a map here and a list there, dates are text here. */
export function toAws<T>(value: unknown): T {
  return convert(value, (name) => UNLIKE[name] ?? capital(name), toAwsValue) as T;
}

export function fromAws(value: unknown): unknown {
  return convert(value, (name) => LIKE[name] ?? name.charAt(0).toLowerCase() + name.slice(1), fromAwsValue);
}

type Convert = (name: string, value: unknown) => unknown;

function convert(value: unknown, rename: (name: string) => string, special: Convert): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => convert(item, rename, special));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, each]) => each !== undefined && each !== null && !name.startsWith("__"))
      .map(([name, each]) => [rename(name), special(name, each) ?? convert(each, rename, special)]),
  );
}

function toAwsValue(name: string, value: unknown): unknown {
  if (name === "tags" && isMap(value)) {
    return Object.entries(value).map(([Key, Value]) => ({ Key, Value }));
  }
  return name === "date" && typeof value === "string" ? new Date(value) : undefined;
}

function fromAwsValue(name: string, value: unknown): unknown {
  if (name === "Tags" && Array.isArray(value)) {
    return Object.fromEntries(value.map(({ Key, Value }: { Key: string; Value: string }) => [Key, Value]));
  }
  return value instanceof Date ? value.toISOString() : undefined;
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
