/**
 * The local cloud's time: real time, moved by an offset that tests control. The functions live by it, and the schedules;
 * moto, MySQL and TLS keep real time. Moving it fires nothing: see `LocalAws.passTime`.
 */
export class LocalClock {
  #offsetMs = 0;
  readonly #followers: ((offsetMs: number) => void)[] = [];

  /** How far it is ahead of real time, in ms; negative when behind. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  set offsetMs(ms: number) {
    this.#offsetMs = ms;
    for (const follow of this.#followers) follow(ms);
  }

  /** Calls back whenever it was moved. */
  onMove(follow: (offsetMs: number) => void): void {
    this.#followers.push(follow);
  }

  now(): Date {
    return new Date(Date.now() + this.offsetMs);
  }

  /** Moves it by so many ms, backwards too; what would have run meanwhile was missed. */
  advance(ms: number): void {
    this.offsetMs += ms;
  }

  /** From here on it goes on at its usual pace. */
  set(to: Date): void {
    this.offsetMs = to.getTime() - Date.now();
  }

  /** Back to real time. */
  reset(): void {
    this.offsetMs = 0;
  }
}
