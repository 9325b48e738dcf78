/**
 * Numbers of one writer, for ever rising within an epoch. A number that was sent is
 * never sent again, whatever became of it: a restored database knows less than was
 * acknowledged, and a number given out twice would hide exactly the row that was lost.
 */
export interface Numbers {
  /** Above everything that was sent and everything that the database holds. */
  next(epoch: number, highestInDatabase: number): number;
  /** From a ledger of an earlier start. */
  note(epoch: number, number: number): void;
}

export function createNumbers(): Numbers {
  const highest = new Map<number, number>();
  return {
    next: (epoch, highestInDatabase) => {
      const number = Math.max(highest.get(epoch) ?? 0, highestInDatabase) + 1;
      highest.set(epoch, number);
      return number;
    },
    note: (epoch, number) => {
      highest.set(epoch, Math.max(highest.get(epoch) ?? 0, number));
    },
  };
}
