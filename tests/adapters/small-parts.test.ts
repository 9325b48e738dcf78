// Pure parts of the other adapters: what they read, and what they make of it.
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { messageOf, withDeadline } from "../../drill/adapters/deadline.ts";
import { availableBytes } from "../../drill/adapters/host.ts";
import { knock } from "../../drill/adapters/pg.ts";
import { toPulumiEvent } from "../../drill/adapters/pulumi-events.ts";
import { statusOf } from "../../drill/adapters/s3.ts";
import { parseStewardStatus } from "../../drill/adapters/steward.ts";
import { explainUnreachable } from "../../drill/adapters/unreachable.ts";
import { commitStatement, refusedByServer } from "../../drill/adapters/writer-session.ts";
import { PortError } from "../../drill/ports/port-error.ts";

describe("commitStatement", () => {
  it("commits before it asks where the commit lies, in one round trip", () => {
    const statements = commitStatement({ writer: "heartbeat", payloadBytes: 0 }, 2, 17)
      .split(";")
      .map((one) => one.trim());
    expect(statements).toEqual([
      "begin",
      "insert into holdfast.heartbeat (epoch, number) values (2, 17)",
      "commit",
      expect.stringMatching(/^select .*pg_current_wal_flush_lsn/),
    ]);
  });

  it("fills the load's rows to their size", () => {
    expect(commitStatement({ writer: "load", payloadBytes: 500 }, 1, 3)).toContain(
      "left(string_agg(md5(i::text || ':3'), ''), 500) from generate_series(1, 16)",
    );
    expect(commitStatement({ writer: "load", payloadBytes: 0 }, 1, 3)).toContain("values (1, 3, '')");
  });
});

describe("refusedByServer", () => {
  const error = (severity: string, code: string): pg.DatabaseError =>
    Object.assign(new pg.DatabaseError("x", 1, "error"), { severity, code });

  it("is sure only of an ERROR that rolled the row back", () => {
    expect(refusedByServer(error("ERROR", "25006"))).toBe(true);
    expect(refusedByServer(error("ERROR", "57014"))).toBe(false);
    expect(refusedByServer(error("FATAL", "57P01"))).toBe(false);
    expect(refusedByServer(new Error("Connection terminated unexpectedly"))).toBe(false);
  });
});

describe("parseStewardStatus", () => {
  const status = {
    site: "dr",
    role: "active",
    epoch: 2,
    phase: "restore",
    error: "restoring",
    phases: [
      { phase: "waiting", startedAtMs: 1, endedAtMs: 2 },
      { phase: "restore", startedAtMs: 2, endedAtMs: null },
    ],
    backupSet: null,
    systemIdentifier: "7711899210822578728",
    recoveredLsn: null,
    timeline: null,
    backups: {},
  };

  it("reads the pod's file", () => {
    expect(parseStewardStatus(JSON.stringify(status))).toMatchObject({
      phase: "restore",
      error: "restoring",
      systemIdentifier: "7711899210822578728",
    });
  });

  it("is null for anything else: it explains, it must not end a run", () => {
    expect(parseStewardStatus("")).toBeNull();
    expect(parseStewardStatus(JSON.stringify({ ...status, phase: "dancing" }))).toBeNull();
  });
});

describe("toPulumiEvent", () => {
  const event = (part: Partial<EngineEvent>): EngineEvent => ({ sequence: 1, timestamp: 1, ...part });
  const urn = "urn:pulumi:dr::holdfast::kubernetes:apps/v1:StatefulSet::database";
  const metadata = { op: "update", urn, type: "kubernetes:apps/v1:StatefulSet", provider: "" } as const;

  it("follows a resource", () => {
    expect(toPulumiEvent(event({ resourcePreEvent: { metadata } } as Partial<EngineEvent>))).toMatchObject({
      kind: "resource",
      status: "started",
      urn,
      operation: "update",
      message: "update kubernetes:apps/v1:StatefulSet database",
    });
    expect(
      toPulumiEvent(event({ resOpFailedEvent: { metadata, status: 1, steps: 1 } } as Partial<EngineEvent>))
        ?.status,
    ).toBe("failed");
  });

  it("shows errors without the engine's colours, and no passing progress", () => {
    const diagnosticEvent = {
      message: "<{%fg 1%}>error: role disagrees<{%reset%}>\n",
      color: "never",
      severity: "error",
    } as const;
    expect(toPulumiEvent(event({ diagnosticEvent }))).toMatchObject({
      kind: "diagnostic",
      status: "error",
      message: "error: role disagrees",
    });
    expect(toPulumiEvent(event({ diagnosticEvent: { ...diagnosticEvent, ephemeral: true } }))).toBeNull();
    expect(toPulumiEvent(event({}))).toBeNull();
  });

  it("keeps no debugging message: they print secrets in clear", () => {
    const diagnosticEvent = {
      message: "RegisterResource RPC finished: a-secret",
      color: "never",
      severity: "debug",
    };
    expect(toPulumiEvent(event({ diagnosticEvent } as unknown as Partial<EngineEvent>))).toBeNull();
  });
});

describe("withDeadline", () => {
  const forever = () => new Promise<never>(() => undefined);

  it("says how long it waited, or gives the caller's reason", async () => {
    await expect(withDeadline(20, null, forever)).rejects.toThrow("no answer within 20 ms");
    const stop = new AbortController();
    const waited = withDeadline(60_000, stop.signal, forever);
    stop.abort(new Error("stopped"));
    await expect(waited).rejects.toThrow("stopped");
    await expect(withDeadline(60_000, stop.signal, forever)).rejects.toThrow("stopped");
  });
});

describe("knock", () => {
  it("says whether anything accepts, and why not", async () => {
    expect(await knock("127.0.0.1", 1, new AbortController().signal)).toMatchObject({
      open: false,
      detail: expect.stringContaining("ECONNREFUSED"),
    });
    expect(await knock("127.0.0.1", 1, AbortSignal.abort())).toMatchObject({ open: false });
  });
});

describe("small readers", () => {
  it("find the status of a store's answer, and 0 in anything else", () => {
    expect(statusOf({ $metadata: { httpStatusCode: 412 } })).toBe(412);
    expect(statusOf(new Error("connect ECONNREFUSED"))).toBe(0);
    expect(statusOf(null)).toBe(0);
  });

  it("find the memory that is to be had", () => {
    expect(availableBytes("MemTotal:       24600000 kB\nMemAvailable:   20000000 kB\n")).toBe(
      20_000_000 * 1024,
    );
  });

  it("say all of a connection's failures, which come as one without words", () => {
    expect(
      messageOf(new AggregateError([new Error("::1 refused"), new Error("127.0.0.1 refused")], "")),
    ).toBe("::1 refused; 127.0.0.1 refused");
  });
});

describe("explainUnreachable", () => {
  it.each([
    ["kube dr", "CLUSTER_UNREACHABLE"],
    ["offsite store", "STORE_UNREACHABLE"],
    ["epoch", "STORE_UNREACHABLE"],
    ["name server ns1", "NAMESERVER_UNREACHABLE"],
  ])("%s is %s, with the port's own words", (port, code) => {
    const explained = explainUnreachable(new PortError(port, "connect EHOSTUNREACH"));
    expect(explained).toMatchObject({
      code,
      exitStatus: 2,
      message: expect.stringContaining("connect EHOSTUNREACH"),
    });
  });

  it("is nothing for what only a run has", () => {
    expect(explainUnreachable(new PortError("prober", "gone"))).toBeNull();
  });
});
