// How a node's answer is read, and what status tells a person.
import { expect, test } from "vitest";
import { nodeReady } from "../../lab/site/health.ts";
import { adviceOn, type LabStatus, renderStatus } from "../../lab/status.ts";

const startedMs = Date.parse("2026-01-01T12:00:00.700Z");

function node(status: string, heartbeat: string, taints: readonly string[] = []) {
  const ready = { type: "Ready", status, message: "as the kubelet says", lastHeartbeatTime: heartbeat };
  const body = { status: { conditions: [ready] }, spec: { taints: taints.map((key) => ({ key })) } };
  return { status: 200, body: JSON.stringify(body) };
}

test("a Ready from before the site's start does not count", () => {
  expect(nodeReady(node("True", "2026-01-01T11:59:59Z"), startedMs)).toMatch(/not reported since/);
  // Whole seconds: 12:00:00 may have been before 12:00:00.7.
  expect(nodeReady(node("True", "2026-01-01T12:00:00Z"), startedMs)).toMatch(/not reported since/);
  expect(nodeReady(node("True", "2026-01-01T12:00:01Z"), startedMs)).toBeUndefined();
});

test("not ready, tainted and not there are each said", () => {
  expect(nodeReady(node("False", "2026-01-01T12:00:05Z"), startedMs)).toBe("as the kubelet says");
  const tainted = node("True", "2026-01-01T12:00:05Z", ["node.kubernetes.io/not-ready"]);
  expect(nodeReady(tainted, startedMs)).toBe("the node is tainted node.kubernetes.io/not-ready");
  expect(nodeReady({ status: 404, body: "not found" }, startedMs)).toBe("HTTP 404 not found");
  expect(nodeReady({ status: 200, body: "{}" }, startedMs)).toBe("the node has not reported yet");
});

test("a dead place is named, with the command that brings it back", () => {
  const advice = adviceOn(true, [
    { place: "primary", state: "dead" },
    { place: "dr", state: "healthy" },
    { place: "third", state: "ailing" },
  ]);
  expect(advice[0]).toMatch(/^primary is dead: .*lab restart primary.*--fresh/);
  expect(advice[1]).toMatch(/^third is not well/);
  expect(advice).toHaveLength(2);
});

test("no lab at all is not three dead places", () => {
  const dead = (["primary", "dr", "third"] as const).map((place) => ({ place, state: "dead" as const }));
  expect(adviceOn(false, dead)).toEqual(["nothing of the lab runs; start it: ./holdfast lab up"]);
});

test("a start that was cut short is said even when everything runs", () => {
  expect(adviceOn(false, [{ place: "dr", state: "healthy" }])[0]).toMatch(/not brought up to the end/);
});

test("the table shows a dead place as one row", () => {
  const part = {
    place: "primary",
    part: "etcd",
    address: "a",
    state: "down",
    pid: null,
    residentBytes: 0,
  } as const;
  const found: LabStatus = {
    healthy: false,
    up: true,
    advice: ["primary is dead"],
    memoryBytes: 0,
    places: [{ place: "primary", state: "dead", running: false, pid: null, memoryBytes: 0, parts: [part] }],
  };
  const table = renderStatus(found);
  expect(table).toMatch(/^primary +\(all, pods too\) +dead/m);
  expect(table).not.toContain("etcd");
  expect(table.trimEnd().split("\n").at(-1)).toBe("primary is dead");
});
