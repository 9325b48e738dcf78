import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { firstProcess, insidePlace, partProcesses } from "../../../lab/place/place.ts";
import { familyOf } from "../../../lab/place/processes.ts";
import { thirdComplaint } from "../../../lab/third/health.ts";
import { layout } from "../../lab/support/places.ts";
import { within } from "./store-wait.ts";

/** The third place's own store, as its owner can treat it. */
const third = layout.place("third");

async function place() {
  const first = await firstProcess(third);
  if (first === undefined) throw new Error("the third place does not run");
  return first;
}

/** One SIGKILL to all of its processes; its supervisor starts it again a second later, from what its files then say. */
export async function killStore(): Promise<void> {
  const part = (await partProcesses(await place())).get("objects");
  if (part === undefined) throw new Error("the store does not run");
  for (const pid of await familyOf(part)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      // Gone with its parent.
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

/** Answers, under whatever certificate: `complaint` is the lab's own check, with the lab's CA. */
export async function storeAnswers(): Promise<void> {
  await within("the store to answer", 60, async () => {
    const complaint = await thirdComplaint(layout).catch(String);
    return complaint === undefined ? { done: undefined } : { notYet: complaint };
  });
}

export async function storeListens(): Promise<void> {
  await within("the store's port", 60, async () => {
    const { stdout } = await execa("ss", ["-Hltn"], { reject: false });
    void stdout;
    const answer = await execa(
      "curl",
      ["-sk", "-m", "3", "-o", "/dev/null", "-w", "%{http_code}", "https://198.18.0.20:8333/healthz"],
      { reject: false },
    );
    return answer.stdout === "200" ? { done: undefined } : { notYet: answer.stdout };
  });
}

/** Replaces a file of the third place by one with other contents. The undoing gives the old one back. */
export async function replaceFile(
  path: string,
  change: (text: string) => string,
): Promise<() => Promise<void>> {
  const before = await readFile(path, "utf8");
  const write = async (text: string): Promise<void> => {
    // In place, not by rename: a bind mount of a single file would keep showing the old one.
    await writeFile(path, text);
  };
  await write(change(before));
  return () => write(before);
}

export const storeFiles = {
  identities: join(third.etc, "seaweedfs", "identities.json"),
  part: join(third.etc, "parts", "objects"),
  certificate: join(third.secrets, "tls.crt"),
  key: join(third.secrets, "tls.key"),
} as const;

/** Drops packets from the primary's pods to an address, both ways, until `undrop`. */
export async function dropPackets(to: "offsite" | "site"): Promise<() => Promise<void>> {
  const first = await firstProcess(layout.place("primary"));
  if (first === undefined) throw new Error("the primary does not run");
  const nft = async (rules: readonly string[]): Promise<void> => {
    const [file = "", ...words] = insidePlace(first);
    await execa(file, [...words, "nft", "-f", "-"], { input: `${rules.join("\n")}\n` });
  };
  const name = `holdfast_drop_${to}`;
  const where = to === "offsite" ? "ip daddr 198.18.0.20" : "ip saddr 198.18.64.0/20 ip daddr 198.18.64.0/20";
  await nft([
    `table inet ${name} {`,
    `  chain forward { type filter hook forward priority -10; ${where} tcp dport 8333 drop; }`,
    `  chain output { type filter hook output priority -10; ${to === "offsite" ? where : "ip daddr 198.18.64.0/20"} tcp dport 8333 drop; }`,
    "}",
  ]);
  return () => nft([`table inet ${name}`, `delete table inet ${name}`]);
}

export async function swapFile(path: string, text: string): Promise<() => Promise<void>> {
  const before = await readFile(path, "utf8");
  const put = async (content: string): Promise<void> => {
    await writeFile(`${path}.new`, content, { mode: 0o600 });
    await rename(`${path}.new`, path);
  };
  await put(text);
  return () => put(before);
}
