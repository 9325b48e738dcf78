/** Positions in the WAL, as byte numbers. */
const segmentBytes = 16n * 1024n * 1024n;
const segmentsPerLog = 0x1_0000_0000n / segmentBytes;

/** "1/2A000060" */
export function lsnToBytes(lsn: string): bigint {
  const match = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(lsn);
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not an LSN: ${lsn}`);
  return (BigInt(`0x${match[1]}`) << 32n) + BigInt(`0x${match[2]}`);
}

/** First position after a segment: what is archived reaches up to here. The first eight digits are the timeline. */
export function segmentEnd(segment: string): bigint {
  const match = /^[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})$/.exec(segment);
  if (match?.[1] === undefined || match[2] === undefined) throw new Error(`not a WAL segment: ${segment}`);
  return (BigInt(`0x${match[1]}`) * segmentsPerLog + BigInt(`0x${match[2]}`) + 1n) * segmentBytes;
}

/** Bytes of WAL that the server has and the archive does not; never below 0. */
export function archiveLagBytes(lsn: string, newestSegment: string): number {
  const lag = lsnToBytes(lsn) - segmentEnd(newestSegment);
  return lag > 0n ? Number(lag) : 0;
}
