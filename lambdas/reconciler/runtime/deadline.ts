/** How much time a run has left, counted down by the one who calls the function. */
export interface Deadline {
  /** Milliseconds until the work must stop, what is kept back for recording the result not counted in. */
  left(): number;
}

/** A deadline that ends `reserveMs` before what `remaining` counts down to. */
export const deadlineOf = (remaining: () => number, reserveMs: number): Deadline => ({
  left: () => Math.max(0, remaining() - reserveMs),
});

/** `work`, or `late()` when it is not done in `ms`. What `work` does afterwards is nobody's business; its failure is swallowed. */
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
