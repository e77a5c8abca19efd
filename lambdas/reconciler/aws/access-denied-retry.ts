import { pause } from "../../runtime/deadline";

const DENIED = new Set(["AccessDenied", "AccessDeniedException"]);

/**
 * Repeats calls that AWS denies. IAM is eventually consistent: a policy that Terraform has just attached may
 * not be known everywhere. So while the ledger has never seen the gate, a denied call is repeated for up to a
 * minute.
 */
export class AccessDeniedRetry {
  readonly #now: () => number;
  readonly #pause: (ms: number) => Promise<void>;
  #until = 0;
  #callEnd = Number.POSITIVE_INFINITY;
  #calls = 0;

  /** Tests hand in a clock of their own. */
  constructor(now: () => number = Date.now, wait: (ms: number) => Promise<void> = pause) {
    this.#now = now;
    this.#pause = wait;
  }

  /**
   * Starts the time for one call of the function.
   * @param ms for how long calls are repeated
   * @param callMs how long the call of the function may last; by default as long as it takes
   */
  begin(ms: number, callMs = Number.POSITIVE_INFINITY): void {
    this.#calls++;
    this.#until = this.#now() + ms;
    this.#callEnd = this.#now() + callMs;
  }

  /** The number of the call of the function, in this container. */
  get call(): number {
    return this.#calls;
  }

  /** So long, in ms, but at most half of the time that the call still has. */
  atMost(ms: number): number {
    return Math.max(0, Math.min(ms, (this.#callEnd - this.#now()) / 2));
  }

  /** Calls are repeated for so long at least, from now on, for half of the call's time at most. */
  extend(ms: number): void {
    this.#until = Math.max(this.#until, this.#now() + this.atMost(ms));
  }

  end(): void {
    this.#until = 0;
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    for (let delay = 500; ; delay = Math.min(delay * 2, 5_000)) {
      try {
        return await call();
      } catch (error) {
        const denied = error instanceof Error && DENIED.has(error.name);
        if (!denied || this.#now() + delay > this.#until) throw error;
        await this.#pause(delay);
      }
    }
  }
}
