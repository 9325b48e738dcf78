import { z } from "zod";
import { quantity } from "./fields.ts";

/** What a container asks for and may use. A limit of memory is demanded: without one, a leak takes the node with it. */
export function resources(defaults: {
  readonly cpu: string;
  readonly memory: string;
  readonly limit: string;
}) {
  return z.strictObject({
    requests: z.strictObject({
      cpu: quantity().prefault(defaults.cpu),
      memory: quantity().prefault(defaults.memory),
    }),
    /** No limit of CPU by default: throttling a restore would cost RTO for nothing. */
    limits: z.strictObject({ cpu: quantity().optional(), memory: quantity().prefault(defaults.limit) }),
  });
}
