/** What was started, to be ended in the opposite order, whatever comes between. */
export interface Undo {
  add(work: () => Promise<void>): void;
  /** Ends all of it, and then says what could not be ended. */
  run(): Promise<void>;
}

export function makeUndo(): Undo {
  const works: (() => Promise<void>)[] = [];
  return {
    add(work) {
      works.push(work);
    },
    async run() {
      const problems: unknown[] = [];
      for (const work of works.splice(0).reverse()) await work().catch((error) => problems.push(error));
      if (problems.length > 0)
        throw new AggregateError(problems, `could not be ended: ${problems.join("; ")}`);
    },
  };
}
