/**
 * From the moment PostgreSQL closes a segment to the third place's answer that
 * it has it: a lagging checkpoint of the timer, compression, one upload.
 */
export const archiveMarginSeconds = 5;
