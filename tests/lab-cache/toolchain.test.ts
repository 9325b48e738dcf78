/** Which tool is taken from where. Does not prove: that a tool builds (tests/lab runs the built ones). */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { turns } from "../../lab/cache/turns.ts";
import { mirrorIn } from "../../lab/images/mirror.ts";
import { goVersion, isNewEnough } from "../../lab/toolchain/go.ts";
import { isAtLeast, officialKubernetesPlugin } from "../../lab/toolchain/official.ts";
import { buildTools, pinnedVersion } from "../../lab/toolchain/pins.ts";
import manifest from "../../package.json" with { type: "json" };

test("every tool has one pinned version, and the provider's is the SDK's in package.json", () => {
  for (const name of buildTools) expect(pinnedVersion(name)).toMatch(/^\d+\.\d+\.\d+(-0\.|-\d{14}-|$)/);
  expect(pinnedVersion("pulumi-kubernetes")).toBe(manifest.dependencies["@pulumi/kubernetes"]);
});

test.each([
  ["3.274.1", "3.274.0", true],
  ["3.274.0", "3.274.0", true],
  ["3.9.0", "3.274.0", false], // by numbers, not by letters
  ["4.0.0", "3.274.0", true],
  ["3.275.0-alpha.1", "3.274.0", false],
  ["", "3.274.0", false],
])("version %s is at least %s: %s", (version, smallest, expected) => {
  expect(isAtLeast(version, smallest)).toBe(expected);
});

test("takes the newest whole official plugin that is new enough, and none otherwise", async () => {
  const plugins = await mkdtemp(join(tmpdir(), "holdfast-plugins-"));
  try {
    const add = (version: string) => mkdir(join(plugins, `resource-kubernetes-v${version}`));
    expect(await officialKubernetesPlugin("4.25.0", join(plugins, "absent"))).toBeUndefined();
    await add("4.9.0");
    expect(await officialKubernetesPlugin("4.25.0", plugins)).toBeUndefined();
    await add("4.25.0");
    await add("4.30.1");
    await add("4.100.0");
    expect((await officialKubernetesPlugin("4.25.0", plugins))?.version).toBe("4.100.0");
    await writeFile(join(plugins, "resource-kubernetes-v4.100.0.partial"), "");
    expect((await officialKubernetesPlugin("4.25.0", plugins))?.version).toBe("4.30.1");
  } finally {
    await rm(plugins, { recursive: true });
  }
});

test.each([
  ["go version go1.26.8 linux/amd64", "1.26.8", true],
  ["go version go1.27 linux/arm64", "1.27", true],
  ["go version go1.19.8 linux/amd64", "1.19.8", false],
])("%s", (answer, version, enough) => {
  expect(goVersion(answer)).toBe(version);
  expect(isNewEnough(version)).toBe(enough);
});

test("the mirror is Debian's main archive, not its security archive or a third party's", () => {
  const targets = [
    "Node Source|Node|https://example.test/node/",
    "Debian|Debian-Security|http://mirror.test/debian-security/",
    "Debian|Debian|http://mirror.test/debian/",
  ];
  expect(mirrorIn(targets.join("\n"))).toBe("http://mirror.test/debian/");
  expect(mirrorIn(targets.slice(0, 2).join("\n"))).toBeUndefined();
});

test("turns: never more at once than allowed, in order, also after a failure", async () => {
  const turn = turns(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = (id: number) => async () => {
    order.push(id);
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running -= 1;
    if (id === 1) throw new Error("failed");
    return id;
  };
  const results = await Promise.allSettled([0, 1, 2, 3, 4].map((id) => turn(work(id))));
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4]);
  expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(4);
});
