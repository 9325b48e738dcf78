import { z } from "zod";
import { ProviderError } from "../server/errors.ts";

const host = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/iu;

export const hostName = z.string().regex(host, "must be a host name");
export const ttl = z.int().min(1).max(604_800);

/** The API wants names that end in a dot; people write them without. */
export function absolute(name: string): string {
  return name.endsWith(".") ? name.toLowerCase() : `${name.toLowerCase()}.`;
}

/** And state keeps them as people write them. */
export function relative(name: string): string {
  return name.replace(/\.$/u, "");
}

/** A record's name must lie in its zone, or the server answers with an error that names neither. */
export function isInZone(name: string, zone: string): boolean {
  return absolute(name) === absolute(zone) || absolute(name).endsWith(`.${absolute(zone)}`);
}

/** Ids are `zone/name/type`. */
export function splitRecordId(id: string): {
  readonly zone: string;
  readonly name: string;
  readonly type: string;
} {
  const [zone, name, type, ...rest] = id.split("/");
  if (zone === undefined || name === undefined || type === undefined || rest.length > 0) {
    throw new ProviderError(`a record's id is zone/name/type, not ${JSON.stringify(id)}`);
  }
  return { zone, name, type };
}
