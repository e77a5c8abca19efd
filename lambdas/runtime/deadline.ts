/** How much time a call has left. */
export interface Deadline {
  /**
   * Milliseconds until the work must stop, at least 0. The time that is reserved for the result is not in it.
   */
  left(): number;
}

/** The same, for work whose effect is looked at afterwards. */
export interface RunDeadline extends Deadline {
  /**
   * Milliseconds until also the look at what the work did must stop, at least 0. A third of the reserved time
   * is not in it.
   */
  leftToLook(): number;
}

/** A deadline that ends `reserveMs` milliseconds before `remaining` reaches 0. */
export const deadlineOf = (remaining: () => number, reserveMs: number): RunDeadline => ({
  left: () => Math.max(0, remaining() - reserveMs),
  leftToLook: () => Math.max(0, remaining() - reserveMs / 3),
});

/**
 * The result of `work`, if it comes within `ms` milliseconds. `work` itself goes on after that; its result or
 * error is then ignored.
 * @throws what `late` returns when the time is over
 */
export async function within<T>(ms: number, work: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), Math.max(0, ms));
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}

export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
