/** As samples have it: to the millisecond. */
export const inSeconds = (ms: number): number => Math.round(ms) / 1000;
