import type { CertificateSeen } from "./ports/names.ts";

/** Long enough to order a certificate, have it signed and roll it out over a holiday week. */
export const certificateWarningDays = 14;

const dayMs = 24 * 3600 * 1000;

export interface CertificateJudgement {
  /** `refused`: clients that check, as all of ours do, will not talk to it. `unseen`: it could not be asked. */
  readonly state: "ok" | "expires" | "refused" | "unseen";
  readonly words: string;
}

export function judgeCertificate(seen: CertificateSeen, nowMs: number): CertificateJudgement {
  const { what, validToMs, problem } = seen;
  if (!seen.reached) return { state: "unseen", words: `${what}: ${problem ?? "no answer"}` };
  // Before the dates: a certificate of a stranger is wrong however long it is valid.
  if (problem !== null) return { state: "refused", words: `${what}: its certificate is refused: ${problem}` };
  if (validToMs === null) return { state: "refused", words: `${what}: it shows no certificate` };
  const until = new Date(validToMs).toISOString().slice(0, 10);
  const days = Math.floor((validToMs - nowMs) / dayMs);
  if (validToMs <= nowMs)
    return { state: "refused", words: `${what}: its certificate has expired, on ${until}` };
  if (days < certificateWarningDays)
    return {
      state: "expires",
      words: `${what}: its certificate expires in ${days === 1 ? "1 day" : `${days} days`}, on ${until}`,
    };
  return { state: "ok", words: `${what}: until ${until}` };
}
