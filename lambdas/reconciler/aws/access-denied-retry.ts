import { pause } from "../../runtime/deadline";

const DENIED = new Set(["AccessDenied", "AccessDeniedException"]);

/**
 * IAM is eventually consistent: a policy that Terraform attached a moment ago may not be known everywhere. While the gate
 * is one that the ledger never saw, "access denied" is therefore asked again for up to a minute.
 */
export class AccessDeniedRetry {
  #until = 0;

  constructor(
    private readonly now: () => number = Date.now,
    private readonly wait: (ms: number) => Promise<void> = pause,
  ) {}

  /** Begins anew for one call of the function. */
  begin(ms: number): void {
    this.#until = this.now() + ms;
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
        if (!denied || this.now() + delay > this.#until) throw error;
        await this.wait(delay);
      }
    }
  }
}
