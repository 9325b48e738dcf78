import { once } from "node:events";
import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { sites } from "../../contract/stack.ts";
import type { CertificatePort, CertificateSeen } from "../ports/names.ts";
import { messageOf, withDeadline } from "./deadline.ts";
import type { Places } from "./places.ts";

const lookMs = 3000;

interface Target {
  readonly what: string;
  readonly address: string;
  readonly port: number;
  /** The name that clients check the certificate against. */
  readonly name: string;
  readonly speaks: "tls" | "postgresql";
}

/** Looks at what the servers show, as their clients do: name and issuer are checked, the connection is not used. */
export function createCertificatePort(
  places: Pick<Places, "sites" | "offsite" | "ca" | "publicName" | "databaseName">,
): CertificatePort {
  return { look: (signal) => Promise.all(targetsOf(places).map((one) => look(one, places.ca, signal))) };
}

function targetsOf(places: Parameters<typeof createCertificatePort>[0]): readonly Target[] {
  const { hostname, port } = new URL(places.offsite.endpoint);
  return [
    {
      what: "offsite store",
      address: hostname,
      port: port === "" ? 443 : Number(port),
      name: places.offsite.host,
      speaks: "tls",
    },
    ...sites.flatMap((site): Target[] => {
      const { address, databasePort, gatewayPort } = places.sites[site];
      return [
        {
          what: `database of ${site}`,
          address,
          port: databasePort,
          name: places.databaseName,
          speaks: "postgresql",
        },
        { what: `gateway of ${site}`, address, port: gatewayPort, name: places.publicName, speaks: "tls" },
      ];
    }),
  ];
}

async function look(target: Target, ca: string, outer: AbortSignal): Promise<CertificateSeen> {
  const { what } = target;
  let socket: Socket | undefined;
  try {
    return await withDeadline(lookMs, outer, async (signal) => {
      const plain = connectPlain({ host: target.address, port: target.port });
      socket = plain;
      plain.on("error", () => undefined); // the awaited event's own rejection tells the same
      await once(plain, "connect", { signal });
      if (target.speaks === "postgresql") await askForTls(plain, signal);
      // Looked at whatever it is: a refusal is what this is to find, with its dates.
      const tls = connectTls({ socket: plain, ca, servername: target.name, rejectUnauthorized: false });
      await once(tls, "secureConnect", { signal });
      return seenOf(what, tls);
    });
  } catch (error) {
    outer.throwIfAborted();
    return { what, reached: false, validToMs: null, problem: messageOf(error) };
  } finally {
    socket?.destroy();
  }
}

function seenOf(what: string, tls: TLSSocket): CertificateSeen {
  const shown = tls.getPeerX509Certificate();
  return {
    what,
    reached: true,
    validToMs: shown === undefined ? null : Date.parse(shown.validTo),
    problem: tls.authorized ? null : messageOf(tls.authorizationError ?? "not authorised"),
  };
}

/** PostgreSQL's SSLRequest: eight bytes, answered by "S" where TLS may begin. */
async function askForTls(socket: Socket, signal: AbortSignal): Promise<void> {
  socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
  const [answer] = (await once(socket, "data", { signal })) as [Buffer];
  if (answer.toString("latin1") !== "S") throw new Error("the server takes no TLS");
}
