import { ProtocolError } from "./packets";

/** How many logins may be under way at one time. More of them wait. */
const MAX_UNFINISHED = 10;
/** How many logins in a row may fail here before the next one must wait. */
const FREE_FAILURES = 5;
const LONGEST_PAUSE = 60_000;

/**
 * Bounds the connections to the server that are opened before a client has proved the local password. Any
 * program on this machine can ask for one, and the server may block this address after too many of them.
 */
export class LoginGate {
  #unfinished = 0;
  #failed = 0;
  #nextAt = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * Waits for a free place. Each entry needs one `leave`.
   * @throws ProtocolError during the pause after failed logins; then there is no entry
   */
  async enter(): Promise<void> {
    while (this.#unfinished >= MAX_UNFINISHED)
      await new Promise<void>(resolve => this.#waiting.push(resolve));
    const left = this.#nextAt - Date.now();
    if (left > 0) {
      this.#waiting.shift()?.();
      throw new ProtocolError(
        `too many logins failed at 127.0.0.1: try again in ${Math.ceil(left / 1000)} s`,
      );
    }
    this.#unfinished++;
    this.#pause();
  }

  /** A client proved the password, so that pauses end. */
  proved(): void {
    this.#failed = 0;
    this.#nextAt = 0;
  }

  /** A client did not prove the password. */
  failed(): void {
    this.#failed++;
    this.#pause();
  }

  leave(): void {
    this.#unfinished--;
    this.#waiting.shift()?.();
  }

  /** One second after the first failure that is too much, and twice as long after each further one. */
  #pause(): void {
    if (this.#failed < FREE_FAILURES) return;
    const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** (this.#failed - FREE_FAILURES));
    this.#nextAt = Date.now() + pause;
  }
}
