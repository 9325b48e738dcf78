import { turns } from "../cache/turns.ts";

/** Two bootstraps at once: a third gains nothing, the mirror's line and dpkg's one core are full. */
export const debianTurn = turns(2);
