import { text } from "./expressions.ts";
import type { AlertRule, Selector, WatchedPlan } from "./types.ts";
import { words } from "./words.ts";

/** The copy is made by the site that stands by, so these are no single site's metrics. */
export function objectRules({ site, targets }: WatchedPlan): readonly AlertRule[] {
  const lag: Selector = { metric: "holdfast_object_lag_seconds", labels: {} };
  const missing: Selector = { metric: "holdfast_objects_missing", labels: {} };
  return [
    {
      alert: "HoldfastObjectLag",
      severity: "critical",
      labels: { site },
      expression: `max(${text(lag)}) > ${targets.rpoSeconds}`,
      forSeconds: 60,
      when: `documents of more than ${words(targets.rpoSeconds)} ago are not in the other site's copy (the RPO)`,
      summary: "documents of {{ $value | humanizeDuration }} ago are not in the other site's copy",
      action: "look at the job that pulls the documents, and at the third place's documents bucket",
      reads: [lag],
    },
    {
      alert: "HoldfastObjectsMissing",
      severity: "critical",
      labels: { site },
      expression: `max(${text(missing)}) > 0`,
      forSeconds: 60,
      when: "a document that the database names is not in the store, or has another checksum",
      summary: "{{ $value }} documents that the database names are not in the store",
      action: "restore them from the documents bucket's older versions",
      reads: [missing],
    },
  ];
}
