/**
 * The local cloud's time: real time plus an offset that tests control. It applies to the functions and the
 * schedules; moto, MySQL and TLS keep real time. Moving the clock fires no schedules: see
 * `LocalAws.passTime`.
 */
export class LocalClock {
  #offsetMs = 0;
  readonly #followers: ((offsetMs: number) => void)[] = [];

  /** How far the clock is ahead of real time, in ms; negative when it is behind. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  set offsetMs(ms: number) {
    this.#offsetMs = ms;
    for (const follow of this.#followers) follow(ms);
  }

  /** Calls `follow` after each move. */
  onMove(follow: (offsetMs: number) => void): void {
    this.#followers.push(follow);
  }

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  /** Moves the clock by this many ms, also backwards. Schedules in between do not fire. */
  advance(ms: number): void {
    this.offsetMs += ms;
  }

  /** Sets the clock to a time, from which it continues at its usual speed. */
  set(to: Date): void {
    this.offsetMs = to.getTime() - Date.now();
  }

  /** Sets the clock to real time. */
  reset(): void {
    this.offsetMs = 0;
  }
}
