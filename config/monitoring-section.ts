import { z } from "zod";
import { duration, integer } from "./fields.ts";

const exporter = () =>
  z
    .strictObject({
      /** @default none: reachable inside the cluster only */
      nodePort: integer(80, 32_767).optional(),
    })
    .prefault({});

/** `holdfast:monitoring` of primary and dr: what a Prometheus outside the site reads. */
export const monitoringSection = z
  .strictObject({
    /** holdfast's own measurements: repositories, WAL, jobs. */
    metrics: exporter(),
    /** PostgreSQL's own. */
    postgres: exporter(),
    /** The documents' copy: runs in a standby too. */
    documents: exporter(),
    /**
     * Time between two looks at the server and the repositories.
     * @default "10 seconds": a tenth of what an alert on the archive may take, and two requests a repository
     */
    interval: duration(5).prefault("10 seconds"),
  })
  .prefault({});
