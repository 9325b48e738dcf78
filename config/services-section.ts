import { z } from "zod";
import { flag, image, integer, secret, size, word } from "./fields.ts";
import { resources } from "./resources.ts";

/** `holdfast:services` */
export const servicesSection = z.strictObject({
  odoo: z.strictObject({
    image: image(),
    /** @default [base] */
    modules: z.array(word()).min(1, "is empty").prefault(["base"]),
    adminPassword: secret(),
    /** @default 2 */
    workers: integer(0, 64).prefault(2),
    resources: resources({ cpu: "250m", memory: "512Mi", limit: "2Gi" }),
    /**
     * For its filestore: attachments of every kind.
     * @default 10Gi
     */
    volume: size().prefault("10Gi"),
    /** @default the cluster's default class */
    storageClass: word().optional(),
    /** @default true */
    protect: flag().prefault(true),
    /**
     * Whether the weights wait for it.
     * @default true
     */
    critical: flag().prefault(true),
  }),
  gateway: z.strictObject({
    image: image(),
    /** @default none: reachable inside the cluster only */
    nodePort: integer(80, 32_767).optional(),
    resources: resources({ cpu: "50m", memory: "64Mi", limit: "256Mi" }),
    /** @default true */
    critical: flag().prefault(true),
  }),
});
