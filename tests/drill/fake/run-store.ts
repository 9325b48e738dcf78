import { PortError } from "../../../drill/ports/port-error.ts";
import type { RunStore } from "../../../drill/run-copy/store.ts";

/** A locked bucket in memory: every version stays. */
export function createFakeRunStore() {
  const objects = new Map<string, string[]>();
  const state = { down: false, adds: 0 };
  const store: RunStore = {
    async add(key, text) {
      state.adds += 1;
      if (state.down) throw new PortError("records", "connection refused");
      if (!objects.has(key)) objects.set(key, [text]);
    },
    async list(prefix) {
      return [...objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, versions]) => ({ key, versionId: "0", versions: versions.length }))
        .sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    async read({ key }) {
      return objects.get(key)?.[0] ?? "";
    },
  };
  return {
    store,
    state,
    /** What somebody with the same keys can do. */
    overwrite: (key: string, text: string) => void objects.get(key)?.push(text),
    keys: () => [...objects.keys()],
  };
}
