import type { BackupAgeLimits } from "../drill/backup-age.ts";

/** What an operator says goes before what the schedules promise, for the newest set of any type; a full may be older. */
export function withAge(promised: BackupAgeLimits, newestSeconds: number | null): BackupAgeLimits {
  return newestSeconds === null ? promised : { ...promised, newestSeconds };
}
