import { z } from "zod";
import { flag, image, integer, secret } from "./fields.ts";
import { resources } from "./resources.ts";
import {
  absolutePath,
  anyText,
  environmentName,
  group,
  keyFunction,
  ownDatabase,
  probe,
  route,
} from "./service-fields.ts";

/**
 * Any key of `holdfast:services` that is no built-in: a service of the user's own.
 * It runs under Pod Security `restricted`, on a root that it may not write.
 */
export function ownService() {
  return z.strictObject({
    image: image(),
    /** @default the image's own */
    command: z.array(anyText()).min(1, "is empty").optional(),
    /** @default the image's own */
    args: z.array(anyText()).optional(),
    /**
     * User and group that it runs as; root is refused.
     * @default 10001
     */
    user: integer(1, 65_535).prefault(10_001),
    /** @default none: it answers nobody */
    port: integer(1, 65_535).optional(),
    /** @default {} */
    env: z.record(environmentName(), anyText()).prefault({}),
    /**
     * Values that nobody may read: they reach the pod through a Secret.
     * @default {}
     */
    secretEnv: z.record(environmentName(), secret()).prefault({}),
    /**
     * Files by path, with their contents.
     * @default {}
     */
    files: z.record(absolutePath(), anyText()).prefault({}),
    /**
     * Folders that it may write; what is in them ends with the pod.
     * @default [/tmp]
     */
    writable: z.array(absolutePath()).prefault(["/tmp"]),
    /**
     * While the site serves; none elsewhere.
     * @default 1
     */
    replicas: integer(1, 20).prefault(1),
    resources: resources({ cpu: "25m", memory: "32Mi", limit: "256Mi" }),
    group: group(),
    probe: probe(),
    /**
     * Whether the weights wait for it.
     * @default false: the business goes on without it
     */
    critical: flag().prefault(false),
    /** @default none: the gateway does not know it */
    route: route().optional(),
    /** @default none */
    database: ownDatabase().optional(),
    /** @default [] */
    keyFunctions: z.array(keyFunction()).prefault([]),
  });
}
