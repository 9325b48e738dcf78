// The control socket on a real unix socket.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { askControl, type ControlServer, serveControl } from "../../drill/adapters/control-socket.ts";
import type { ControlAnswer, ControlRequest } from "../../drill/prober/control.ts";

let folder: string;
let path: string;
let server: ControlServer | null = null;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-control-"));
  path = join(folder, "control.sock");
});
afterEach(async () => {
  await server?.close();
  server = null;
  await rm(folder, { recursive: true });
});

const fine: ControlAnswer = { ok: true, atMs: 42, head: { seq: 1, prev: "0" }, loadRowsPerSecond: 0 };

describe("the control socket", () => {
  it("carries a request there and its answer back, for root alone", async () => {
    const asked: ControlRequest[] = [];
    server = await serveControl(path, async (request) => {
      asked.push(request);
      return fine;
    });
    expect(await askControl(path, { command: "mark", name: "loss", detail: "a\nb" }, 1000, null)).toEqual(
      fine,
    );
    expect(asked).toEqual([{ command: "mark", name: "loss", detail: "a\nb" }]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("gives a failure's words to whoever asked", async () => {
    server = await serveControl(path, () => Promise.reject(new Error("no space left on device")));
    await expect(askControl(path, { command: "stop" }, 1000, null)).rejects.toThrow("no space left");
  });

  it("rejects when there is no prober, or one that does not answer", async () => {
    await expect(askControl(path, { command: "status" }, 1000, null)).rejects.toThrow("ENOENT");
    server = await serveControl(path, () => new Promise(() => undefined));
    await expect(askControl(path, { command: "status" }, 100, null)).rejects.toThrow(
      "no answer within 100 ms",
    );
  });

  it("takes the place of a socket that a killed prober left", async () => {
    server = await serveControl(path, async () => fine);
    const second = await serveControl(path, async () => ({ ...fine, atMs: 43 }));
    expect((await askControl(path, { command: "status" }, 1000, null)).atMs).toBe(43);
    await second.close();
  });

  it("refuses a path that the kernel would cut short", async () => {
    await expect(serveControl(join(folder, "x".repeat(120)), async () => fine)).rejects.toThrow(
      "longer than",
    );
  });
});
