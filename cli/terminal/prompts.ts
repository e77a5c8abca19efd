import type { Interface } from "node:readline";

/**
 * Asks one question after the other. One reader has all of the input: of several lines that are pasted at
 * once, each is the answer to one question.
 */
export class Prompts {
  readonly #streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };
  readonly #lines: string[] = [];
  #reader: Interface | undefined;
  #isClosed = false;
  #answer: ((line: string | undefined) => void) | undefined;

  constructor(streams: { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream }) {
    this.#streams = streams;
  }

  /** The answer; undefined after Ctrl-C, Ctrl-D or a hang-up. */
  async ask(question: string): Promise<string | undefined> {
    const reader = await this.#open();
    const next = this.#lines.shift();
    if (next !== undefined || this.#isClosed) {
      this.#streams.output.write(`${question}${next ?? ""}\n`);
      return next;
    }
    reader.setPrompt(question);
    reader.prompt();
    return new Promise(resolve => {
      this.#answer = resolve;
    });
  }

  close(): void {
    this.#reader?.close();
  }

  async #open(): Promise<Interface> {
    if (this.#reader) return this.#reader;
    const { createInterface } = await import("node:readline");
    const reader = createInterface(this.#streams);
    const answer = (line: string | undefined) => {
      const waiting = this.#answer;
      this.#answer = undefined;
      if (waiting) waiting(line);
      else if (line !== undefined) this.#lines.push(line);
    };
    reader.on("line", answer);
    // While nothing is asked, Ctrl-C ends the command, as without a reader.
    reader.on("SIGINT", () => {
      const isAsking = this.#answer !== undefined;
      reader.close();
      if (!isAsking) process.kill(process.pid, "SIGINT");
    });
    // Closing is also how readline answers Ctrl-D.
    reader.once("close", () => {
      this.#isClosed = true;
      answer(undefined);
    });
    this.#reader = reader;
    return reader;
  }
}
