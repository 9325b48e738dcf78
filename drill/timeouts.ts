/**
 * Every wait of a run, by name. A number nowhere else. They say "something is
 * wrong", not "this is how long it takes": about three times the slowest seen.
 */
export const defaultTimeouts = {
  thirdPlaceUp: 5 * 60_000,
  siteUp: 5 * 60_000,
  /** Of a site that is said to be up. */
  siteAnswers: 60_000,
  lease: 30_000,
  preflight: 60_000,
  up: 10 * 60_000,
  drained: 3 * 60_000,
  seed: 15 * 60_000,
  baseline: 120_000,
  backup: 10 * 60_000,
  wal: 5 * 60_000,
  document: 90_000,
  lock: 30_000,
  gate: 90_000,
  /** Two archive intervals and the lab's slowest archive push. */
  arm: 200_000,
  plant: 120_000,
  /** The longest that planted damage may be left to work (--hold), and some room. */
  hold: 32 * 60_000,
  fault: 30_000,
  detect: 30_000,
  declare: 15_000,
  fence: 30_000,
  activate: 15 * 60_000,
  keyFunctions: 120_000,
  /** One service's: it may still be starting, because nothing waited for it. */
  serviceFunction: 60_000,
  measure: 120_000,
  integrity: 10 * 60_000,
  protect: 10 * 60_000,
  cleanUp: 10 * 60_000,
  /** Every share of a ramp, held for as long as a stack file says. */
  ramp: 2 * 3600_000,
  /** A zone's transfer, and an answer's time to live at a resolver. */
  shareServed: 120_000,
  /** A pod's end, a volume's cleaning, a name's time to live. */
  gone: 3 * 60_000,
  /** Two backups of the whole cluster, one after the other. */
  floorQuiet: 90_000,
  /** Two restores of the set a round. */
  floor: 10 * 60_000,
  collect: 120_000,
  leave: 30_000,
  rollback: 60_000,
  /** The way home: a drain, a fresh site, three ups. */
  abort: 30 * 60_000,
} as const satisfies Record<string, number>;

export type TimeoutName = keyof typeof defaultTimeouts;
export type Timeouts = Readonly<Record<TimeoutName, number>>;
