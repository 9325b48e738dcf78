/** The part of the catalogue that is about the drill itself and what drives it. */
export const drillFaults = {
  28: {
    title: "the repository's passphrase is lost at dr",
    injected: "dr's secret deleted while a drill prepares; then the operator's file taken away",
    expected:
      "the drill ends before its loss and names it; without the file no stack is even touched; the way back from escrow is timed",
    minutes: 6,
  },
  49: {
    title: "the primary is gone with all it has",
    injected:
      "a drill's loss, with every packet from dr to any of the primary's addresses counted and dropped",
    expected: "the verdict is met and the count is 0: nothing on the way asks the primary for anything",
    minutes: 7,
  },
  51: {
    title: "the driver killed at a step of a drill",
    injected:
      "SIGKILL of the driver during a backup, the wait before the loss, the restore, the measuring and the last backup of one run",
    expected:
      "resumed each time by its id: one loss, one promotion, one chain, the verdict met, its RTO counted through",
    minutes: 9,
  },
  57: {
    title: "the old primary comes back",
    injected: "the lost site started again with its disk, while dr serves",
    expected:
      "it does not start, archives nothing, gets nobody's writes, and its stack is refused; the divergence is measured; handed back, a delta restore makes its disk dr's",
    minutes: 11,
  },
  59: {
    title: "clients with an old answer of the name server",
    injected: "a client that goes on to the old address, from before a drill's loss to after its end",
    expected:
      "not one of its writes is accepted after the loss; the time until fresh answers point to dr is told",
    minutes: 7,
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
    minutes: 6,
  },
  64: {
    title: "overlapping drills, and a drill over planted damage",
    injected: "a drill beside a running one; then a drill with an archived segment removed",
    expected:
      "the second is refused with the first one's name and touches nothing; the canary's verdict is missed, its cause named",
    minutes: 8,
  },
} as const;
