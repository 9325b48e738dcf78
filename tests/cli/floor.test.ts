// The floor's bare commands outside the cluster: what they say where somebody answers, refuses, or is not there. What
// they take in a real recovery is a drill's to show (tests/lab/drill.test.ts).
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { detectBare } from "../../cli/floor/detect.ts";
import { moveTrafficBare } from "../../cli/floor/traffic.ts";
import { PortError } from "../../drill/ports/port-error.ts";
import { load } from "../config/stack-files.ts";

const { signal } = new AbortController();
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("detect", () => {
  test("is not timed where the site answers", async () => {
    const port = await listening(createServer((socket) => socket.destroy()));
    expect(await detectBare({ address: "127.0.0.1", port }, 3, signal)).toBeNull();
  });

  test("takes as long as so many failures in a row", async () => {
    const port = await listening(createServer());
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    expect(await detectBare({ address: "127.0.0.1", port }, 3, signal)).toBeGreaterThan(0);
  });
});

describe("traffic", () => {
  const { config } = load("dr");
  if (config.kind !== "site") throw new Error("dr is a site");
  const withTraffic = (traffic: object) => ({
    config: { ...config, traffic: { ...config.traffic, ...traffic } } as typeof config,
    secret: () => "key",
  });

  test("that a name server refuses is not measured, and says why", async () => {
    const asked: string[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(401).end('{"error": "wrong key"}');
    });
    const api = `http://127.0.0.1:${await listening(server)}`;
    const moved = moveTrafficBare(withTraffic({ api }), [], signal);
    await expect(moved).rejects.toThrow(PortError);
    await expect(moved).rejects.toThrow(/401: wrong key/);
    // Once to make it, once to take it away whatever became of it.
    expect(asked).toEqual(
      Array.from({ length: 2 }, () => "PATCH /api/v1/servers/localhost/zones/holdfast.test."),
    );
  });

  test("is left out where the zone is another's: no record is changed for a measurement", async () => {
    expect(await moveTrafficBare(withTraffic({ implementation: "route53" }), [], signal)).toBeNull();
  });
});
