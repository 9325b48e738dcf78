/**
 * Every way a user's input or surroundings can be wrong, with the exit status
 * it gives. Codes are for ever: other programs and runbooks name them.
 */
export const errorCatalogue = {
  CONFIG_INVALID: { exitStatus: 2, hint: "correct the named paths in the stack file and run again" },
  ARGUMENT_INVALID: { exitStatus: 2, hint: "see holdfast --help" },
  SECRET_MISSING: {
    exitStatus: 2,
    hint: "set it with: pulumi config set --secret --path, or put the file in place",
  },
  CLUSTER_UNREACHABLE: {
    exitStatus: 2,
    hint: "check the context and that the API server answers: kubectl get nodes",
  },
  STORE_UNREACHABLE: { exitStatus: 2, hint: "check the endpoint, the CA and that the store answers" },
  NAMESERVER_UNREACHABLE: { exitStatus: 2, hint: "check the name servers' addresses and that they answer" },
  LEASE_HELD: {
    exitStatus: 2,
    hint: "wait for the other run to end, or read its journal: holdfast report RUN",
  },
  STACK_LOCKED: {
    exitStatus: 2,
    hint: "wait for the other update to end; once its process is proved gone: pulumi cancel --stack STACK",
  },
  EPOCH_DISAGREES: {
    exitStatus: 2,
    hint: "set holdfast:site.handover to the current epoch, or give the role that the epoch says",
  },
  PREFLIGHT_REFUSED: { exitStatus: 2, hint: "mend what the finding names, then run again" },
  CLOCK_SKEW: {
    exitStatus: 2,
    hint: "set the clock of the host that is named (chronyc tracking), then run again: signatures and recovery times depend on it",
  },
  CERTIFICATE_INVALID: {
    exitStatus: 2,
    hint: "replace the certificate, or give the CA that signed it, then run again",
  },
  RESTORE_REFUSED: {
    exitStatus: 2,
    hint: "choose another target or set: the reason names what the repository and the volume allow",
  },
  LAB_NOT_RUNNING: { exitStatus: 2, hint: "start it: make lab" },
  TOOL_MISSING: { exitStatus: 2, hint: "install it, or let holdfast build bring it" },
  RUN_NOT_FOUND: { exitStatus: 2, hint: "list the runs: ls runs" },
  RUN_NOT_RESUMABLE: { exitStatus: 2, hint: "give it up with holdfast abort RUN, and start another one" },
  RUN_TAMPERED: {
    exitStatus: 1,
    hint: "the evidence was changed after the run; take the copy from the third place",
  },
  BUNDLE_REFUSED: { exitStatus: 2, hint: "mend what is named, then bundle again" },
  BUNDLE_MISSING: { exitStatus: 2, hint: "store one: holdfast bundle" },
  BUNDLE_DAMAGED: {
    exitStatus: 1,
    hint: "store it again: holdfast bundle --all; older versions of each object are under the lock",
  },
} as const satisfies Record<string, { exitStatus: 1 | 2; hint: string }>;

export type ErrorCode = keyof typeof errorCatalogue;
