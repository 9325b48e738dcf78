import type { EpochObject, TermInputs, TermOutputs } from "./term-types.ts";

/** What state remembers of the epoch; it survives the object's loss, so that no epoch is ever used twice. */
export interface Memory {
  readonly epoch: number;
  readonly site: string;
}

/** What a site may do, given the epoch object: keep what is, take the next epoch, or nothing. */
export type TermPlan =
  | { readonly kind: "keep"; readonly outputs: TermOutputs }
  | { readonly kind: "take"; readonly object: EpochObject; readonly outputs: TermOutputs }
  | {
      readonly kind: "refuse";
      readonly property: "role" | "handover" | "key" | "source";
      readonly reason: string;
    };

/**
 * Compares the role a stack asks for with the epoch object, which is the truth. Pure, so that preview,
 * check, diff and apply cannot disagree.
 */
export function planTerm(
  inputs: TermInputs,
  object: EpochObject | undefined,
  memory: Memory,
  takenAt: string,
): TermPlan {
  if (object === undefined) return planWithoutObject(inputs, memory, takenAt);
  if (object.epoch < memory.epoch) {
    return refuse(
      "key",
      `the epoch object says epoch ${object.epoch} of ${object.site}, but this stack has already seen epoch ` +
        `${memory.epoch} of ${memory.site}: the object went back in time`,
      `restore the latest version of ${inputs.key} in ${inputs.bucket}`,
    );
  }
  return object.site === inputs.site
    ? planAsHolder(inputs, object, takenAt)
    : planAsOther(inputs, object, takenAt);
}

function planWithoutObject(inputs: TermInputs, memory: Memory, takenAt: string): TermPlan {
  const where = `${inputs.bucket}/${inputs.key}`;
  if (memory.epoch > 0) {
    // Starting again at 1 would archive into a path that already holds another history.
    if (inputs.role === "active" && inputs.handover === memory.epoch) return take(inputs, memory, takenAt);
    return refuse(
      "key",
      `the epoch object ${where} is gone, and this stack has seen epoch ${memory.epoch} of ${memory.site}`,
      `restore the object's last version, or, if no site serves, set holdfast:site.handover to ` +
        `${memory.epoch} to take epoch ${memory.epoch + 1}`,
    );
  }
  if (inputs.handover !== undefined) {
    return refuse(
      "handover",
      `handover names epoch ${inputs.handover}, but there is no epoch object at ${where}`,
      "restore the object, or remove handover if no site was ever active",
    );
  }
  switch (inputs.role) {
    case "active":
      return take(inputs, undefined, takenAt);
    case "standby":
      return { kind: "keep", outputs: describe(0, "", 0) };
    case "draining":
      return refuse("role", `${inputs.site} cannot drain: no site is active`, "set the role to standby");
    case "rehearsal":
      return refuse(
        "role",
        "there is nothing to rehearse: no site has ever been active",
        "deploy the active site first",
      );
  }
}

function planAsHolder(inputs: TermInputs, object: EpochObject, takenAt: string): TermPlan {
  const { site } = inputs;
  if (inputs.role === "standby") {
    return refuse(
      "role",
      `${site} holds epoch ${object.epoch}, so it cannot be standby yet`,
      `set its role to draining, let the other site take epoch ${object.epoch + 1} with ` +
        `holdfast:site.handover ${object.epoch}, and then set ${site} to standby`,
    );
  }
  if (inputs.role === "rehearsal") return { kind: "keep", outputs: follow(object) };
  if (recoversInPlace(inputs, object)) return take(inputs, object, takenAt);
  // A handover that was carried out stays in the file until somebody removes it: nothing left to do.
  return { kind: "keep", outputs: serve(object) };
}

/**
 * The active site goes back in its own history: what it writes from there must not lie in the path, and on the
 * timelines, of what it leaves. Once a run: `up` again with the same file, or with a handover that somebody moved
 * along to the new epoch, changes nothing.
 */
function recoversInPlace(inputs: TermInputs, object: EpochObject): boolean {
  const { role, recover, run, handover } = inputs;
  return (
    role === "active" &&
    recover === true &&
    run !== undefined &&
    run !== object.run &&
    handover === object.epoch
  );
}

function planAsOther(inputs: TermInputs, object: EpochObject, takenAt: string): TermPlan {
  const { site, role, handover } = inputs;
  switch (role) {
    case "standby":
    case "rehearsal":
      return { kind: "keep", outputs: follow(object) };
    case "draining":
      return refuse(
        "role",
        `${site} cannot drain: ${object.site} holds epoch ${object.epoch}`,
        "set the role to standby",
      );
    case "active":
      if (handover === object.epoch) return take(inputs, object, takenAt);
      return refuse(
        handover === undefined ? "role" : "handover",
        `${object.site} holds epoch ${object.epoch}, so ${site} cannot be active` +
          (handover === undefined ? "" : `; handover names epoch ${handover}`),
        `set holdfast:site.handover to ${object.epoch} to take over from ${object.site}, or set the role to standby`,
      );
  }
}

function take(inputs: TermInputs, previous: Memory | undefined, takenAt: string): TermPlan {
  const source = inputs.recover === true ? inputs.source : undefined;
  if (source !== undefined && source > (previous?.epoch ?? 0)) {
    return refuse(
      "source",
      `there is no epoch ${source} to restore from: the last one was ${previous?.epoch ?? 0}`,
      "name an epoch that was served, or leave holdfast:recovery.sourceEpoch out",
    );
  }
  const object: EpochObject = {
    schemaVersion: 1,
    epoch: (previous?.epoch ?? 0) + 1,
    site: inputs.site,
    takenAt,
    previous: previous === undefined ? null : { epoch: previous.epoch, site: previous.site },
    ...(inputs.run === undefined ? {} : { run: inputs.run }),
    ...(source === undefined ? {} : { source }),
  };
  return { kind: "take", object, outputs: serve(object) };
}

/** The active site archives into its own epoch and was restored from the one before, or from the one it asked for. */
function serve(object: EpochObject): TermOutputs {
  return describe(
    object.epoch,
    object.site,
    object.source ?? object.previous?.epoch ?? 0,
    object.systemIdentifier,
  );
}

/** A site that does not serve would restore from the epoch that does. */
function follow(object: EpochObject): TermOutputs {
  return describe(object.epoch, object.site, object.epoch, object.systemIdentifier);
}

function describe(
  epoch: number,
  activeSite: string,
  sourceEpoch: number,
  systemIdentifier?: string,
): TermOutputs {
  return {
    epoch,
    activeSite,
    sourceEpoch,
    stanzaPath: epochPath(epoch),
    sourcePath: epochPath(sourceEpoch),
    ...(systemIdentifier === undefined ? {} : { systemIdentifier }),
  };
}

/** Where an epoch's backups and WAL lie in the repository; epoch 0 has no place. */
export function epochPath(epoch: number): string {
  return epoch === 0 ? "" : `/epochs/${epoch}`;
}

function refuse(property: "role" | "handover" | "key" | "source", what: string, hint: string): TermPlan {
  return { kind: "refuse", property, reason: `${what}\nhint: ${hint}` };
}
