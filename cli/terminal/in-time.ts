/** The result, unless it takes longer. @throws a TimeoutError, as AbortSignal.timeout makes it */
export function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const end = () => reject(new DOMException(`no answer in ${ms / 1000} s`, "TimeoutError"));
    timer = setTimeout(end, ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
