/** Prints the progress of a run, a line for each claim, and keeps what failed. */
export class Report {
  readonly #began = Date.now();
  readonly #failed: string[] = [];

  constructor(readonly out: (line: string) => void) {}

  get failures(): readonly string[] {
    return this.#failed;
  }

  /** Says what comes next. */
  step(text: string): void {
    const seconds = Math.round((Date.now() - this.#began) / 1000);
    this.out(`[${String(seconds).padStart(4)} s] ${text}`);
  }

  /** Says whether a claim holds; `found` explains one that does not. */
  claim(holds: boolean, claim: string, found: string | readonly string[] = []): void {
    this.out(`         ${holds ? "ok  " : "FAIL"} ${claim}`);
    if (holds) return;
    this.#failed.push(claim);
    for (const line of [found].flat()) this.out(`              ${line.replaceAll("\n", "\n              ")}`);
  }
}
