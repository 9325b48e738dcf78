/** The control file of PostgreSQL 18, rewritten as 17 would have it. */

const size = 8192;
const of17 = { control: 1700, catalogue: 202406281 };

export const controlVersion = (file: Buffer): number => file.readUInt32LE(8);

/**
 * 18 added one byte (the signedness of char) before the 32 bytes of the
 * authentication nonce that precede the checksum; the checksum covers all before it.
 */
export function asVersion17(file: Buffer): Buffer {
  const checksumAt = findChecksum(file);
  // Behind the byte come the nonce and padding to the checksum's alignment.
  const byteAt = checksumAt - 40 + 4;
  const before = Buffer.from(file.subarray(0, byteAt));
  before.writeUInt32LE(of17.control, 8);
  before.writeUInt32LE(of17.catalogue, 12);
  const body = Buffer.concat([before, file.subarray(byteAt + 1, byteAt + 33)]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32c(body));
  return Buffer.concat([body, checksum], size);
}

function findChecksum(file: Buffer): number {
  for (let at = 200; at < 400; at += 4) {
    if (file.readUInt32LE(at) === crc32c(file.subarray(0, at))) return at;
  }
  throw new Error("no checksum was found in the control file");
}

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
