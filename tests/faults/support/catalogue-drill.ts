/** The part of the catalogue that is about the drill itself and what drives it. */
export const drillFaults = {
  51: {
    title: "the driver killed at a step of a drill",
    injected:
      "SIGKILL of the driver during a backup, the wait before the loss, the restore, the measuring and the last backup of one run",
    expected:
      "resumed each time by its id: one loss, one promotion, one chain, the verdict met, its RTO counted through",
    minutes: 9,
  },
  61: {
    title: "pulumi up killed while it creates",
    injected: "SIGKILL of the engine during the restore",
    expected:
      "the run stays open; abort clears what is pending and ends at a clean standby, nothing is there twice",
    minutes: 8,
  },
  62: {
    title: "a state lock left behind, and two ups at once",
    injected: "SIGKILL of driver and engine during the restore; an up beside the lock that is left",
    expected:
      "the second up is refused with the lock's owner; resume proves the first one dead, takes the lock away, and its verdict is met",
    minutes: 8,
  },
  64: {
    title: "overlapping drills, and a drill over planted damage",
    injected: "a drill beside a running one; then a drill with an archived segment removed",
    expected:
      "the second is refused with the first one's name and touches nothing; the canary's verdict is missed, its cause named",
    minutes: 8,
  },
} as const;
