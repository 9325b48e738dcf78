import { z } from "zod";
import { bucketName, duration, image, integer } from "./fields.ts";

/**
 * `holdfast:documents` of primary and dr: files that rows of the database only name, Odoo's filestore above all.
 * A restore of the database does not bring them back, so they travel by themselves: from the active site to the
 * third place, and from there into every site's own store.
 */
export const documentsSection = z.strictObject({
  /** With rclone, psql and prometheus-node-exporter. */
  image: image(),
  /**
   * This site's copy, in its own store.
   * @default "documents"
   */
  bucket: bucketName().prefault("documents"),
  /**
   * Time between two looks for new files.
   * @default "5 seconds": what a loss can take of the newest files
   */
  push: duration(1).prefault("5 seconds"),
  /**
   * Time between two heartbeats in the third place, from which the copies' lag is measured.
   * @default "30 seconds": each stays for as long as the bucket's lock says
   */
  heartbeat: duration(5).prefault("30 seconds"),
  /**
   * Time between two looks of a site's copy at the third place.
   * @default "10 seconds"
   */
  pull: duration(1).prefault("10 seconds"),
  /**
   * Time between two checks of rows against files; the whole filestore is compared as often.
   * @default "10 minutes"
   */
  check: duration(10).prefault("10 minutes"),
  /**
   * Files that one check reads and digests, half of them the newest.
   * @default 100
   */
  sample: integer(2, 10_000).prefault(100),
});
