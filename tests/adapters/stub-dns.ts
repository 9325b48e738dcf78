import { createSocket, type Socket } from "node:dgram";
import type { AddressInfo } from "node:net";

export interface StubAnswer {
  /** 0 NOERROR, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED. */
  readonly rcode?: number;
  readonly addresses?: readonly string[];
  readonly ttl?: number;
}

export interface StubDns {
  /** As node:dns takes it: address and port. */
  readonly address: string;
  readonly questions: () => number;
  readonly close: () => Promise<void>;
}

/** A name server of one answer on the loopback; null swallows the question. */
export async function startStubDns(answer: (name: string) => StubAnswer | null): Promise<StubDns> {
  const socket: Socket = createSocket("udp4");
  let questions = 0;
  socket.on("message", (query, peer) => {
    questions += 1;
    const { name, end } = readName(query);
    const given = answer(name);
    if (given !== null) socket.send(reply(query, end, given), peer.port, peer.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(socket.address() as AddressInfo).port}`,
    questions: () => questions,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readName(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join("."), end: at + 5 }; // the zero, type and class
}

function reply(query: Buffer, end: number, { rcode = 0, addresses = [], ttl = 5 }: StubAnswer): Buffer {
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8400 | rcode, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const record = Buffer.alloc(16);
    record.writeUInt16BE(0xc00c, 0); // the question's name
    record.writeUInt16BE(1, 2);
    record.writeUInt16BE(1, 4);
    record.writeUInt32BE(ttl, 6);
    record.writeUInt16BE(4, 10);
    Buffer.from(address.split(".").map(Number)).copy(record, 12);
    return record;
  });
  return Buffer.concat([header, query.subarray(12, end), ...records]);
}
