import { z } from "zod";
import { dnsName, flag, image, integer, label, secret, size, word } from "./fields.ts";
import { ownService } from "./own-service-section.ts";
import { resources } from "./resources.ts";
import { emailAddress, group, urlPath } from "./service-fields.ts";

/**
 * Whether the weights wait for a service. One that is critical is waited for by
 * every `up`; one that is not holds nobody up, and a drill says whether it came.
 */
const critical = (byDefault: boolean) => flag().prefault(byDefault);

/** `holdfast:services`: built-ins by their names, and under any other name a service of the user's own. */
export const servicesSection = z
  .strictObject({
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
      group: group(),
      /** @default true */
      critical: critical(true),
    }),
    /** @default none */
    n8n: z
      .strictObject({
        image: image(),
        /** The name by which people and webhooks reach it. */
        host: dnsName(),
        /**
         * What its stored credentials are encrypted with. It is in no backup of the database: the same at both
         * sites, and kept where the loss of both is survived.
         */
        encryptionKey: secret(),
        /** Of its role in PostgreSQL; the same at both sites, because workflows store it. */
        password: secret(),
        /** Who owns it; signs in at `host`. */
        owner: z.strictObject({
          /** @default "holdfast@example.com" */
          email: emailAddress().prefault("holdfast@example.com"),
          /** With a capital, a digit, and at least 8 letters: n8n demands it. */
          password: secret(),
        }),
        resources: resources({ cpu: "100m", memory: "384Mi", limit: "1Gi" }),
        group: group(),
        /** @default false: it starts beside Odoo, and takes longer */
        critical: critical(false),
      })
      .optional(),
    /** @default none */
    notifications: z
      .strictObject({
        image: image(),
        /** The name by which people and programs reach it. */
        host: dnsName(),
        /** Of its one user, `holdfast`, who may publish and subscribe; nobody else may. */
        password: secret(),
        /**
         * Topic by which a drill proves it.
         * @default "holdfast-drill"
         */
        drillTopic: label().prefault("holdfast-drill"),
        resources: resources({ cpu: "25m", memory: "32Mi", limit: "256Mi" }),
        group: group(),
        /** @default false */
        critical: critical(false),
      })
      .optional(),
    gateway: z.strictObject({
      image: image(),
      /** @default none: reachable inside the cluster only */
      nodePort: integer(80, 32_767).optional(),
      /**
       * While the site serves.
       * @default 1
       */
      replicas: integer(1, 20).prefault(1),
      /**
       * Answers at every name with site and epoch.
       * @default "/healthz"
       */
      healthPage: urlPath().prefault("/healthz"),
      /**
       * A line of JSON for each request, on standard output.
       * @default true
       */
      requestLog: flag().prefault(true),
      /**
       * Beside the services' own.
       * @default []
       */
      routes: z.array(z.strictObject({ host: dnsName(), path: urlPath(), service: label() })).prefault([]),
      resources: resources({ cpu: "50m", memory: "64Mi", limit: "256Mi" }),
      group: group(),
      /** @default true */
      critical: critical(true),
    }),
    own: z.record(label(), ownService()),
  })
  .meta({ rest: "own" });
