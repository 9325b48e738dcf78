import { contractOf } from "../in-pod.ts";
import { proof, type Step, type StepContext } from "../step.ts";

/**
 * The offsite repository keeps what the database's own keys would take away. Seen
 * with those keys in every run: settings may say "locked" while the store lets a
 * version go (lessons.md 21, fault 31). A lock that fails is a missed proof, not
 * the end of the run: the rest is still worth knowing.
 */
export function lockStep(): Step {
  return {
    id: "lock",
    title: "Offsite lock: the writer's keys cannot shorten a version's life",
    timeout: "lock",
    expectedMs: 1_000,
    evidence: ["lock.json"],
    async run(context) {
      const bucket = offsiteBucket(context);
      if (bucket === undefined) {
        context.check("integrity", "offsite-lock", "notJudged", "the site declares no offsite repository");
        return;
      }
      const attempts = await context.ports.s3.tryToShorten(bucket, keyOf(context), context.signal);
      const allowed = attempts.filter(({ refused }) => !refused);
      const words = allowed.map(({ what, answer }) => `${what}: ${answer}`).join("; ");
      context.evidence("lock.json", `${JSON.stringify({ bucket, attempts }, null, 2)}\n`);
      context.check(
        "integrity",
        "offsite-lock",
        allowed.length === 0 ? "met" : "missed",
        allowed.length === 0 ? `${attempts.map(({ what }) => what).join(", ")}: refused` : words,
      );
      if (allowed.length > 0) context.finding({ id: "OFFSITE_NOT_LOCKED", what: `${bucket}: ${words}` });
    },
    async verify(context) {
      const bucket = offsiteBucket(context);
      if (bucket === undefined) return [proof("there is nothing to lock", true, "no offsite repository")];
      // Told or not: what was written has to be there, or the check has to be missed already.
      const versions = await context.ports.s3.listVersions(bucket, keyOf(context), context.signal);
      const there = versions.some(({ isDeleteMarker }) => !isDeleteMarker);
      return [proof("the version's fate was seen", true, there ? "it is still there" : "it is gone")];
    },
  };
}

const offsiteBucket = (context: StepContext): string | undefined =>
  contractOf(context, "primary").backup?.repositories.find(({ kind }) => kind === "offsite")?.bucket;

const keyOf = (context: StepContext): string => `lock-proof/${context.run.id}`;
