/** Where the time from the loss to the first user served goes, in the order of a recovery; a verdict and a forecast speak of the same. */
export const phaseNames = [
  "detect",
  "decide",
  "provision",
  "restore",
  "replay",
  "promote",
  "services",
  "traffic",
  "verify",
] as const;
export type PhaseName = (typeof phaseNames)[number];

/** Time that no evidence gives to a phase has this name, and is shown like one. */
export const unattributed = "unattributed";
