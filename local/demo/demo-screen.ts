/** The output of the demo. */
export interface Screen {
  /** A numbered step, and lines that explain it. */
  headline(title: string, ...why: readonly string[]): void;
  /** A sentence between excerpts. */
  say(text: string): void;
  /** Text from elsewhere: of Terraform, the server or a file. */
  quote(lines: readonly string[]): void;
  /** Shows what the demo waits for, and for how long. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
}

const TICK_MS = 1_000;
/** How often the elapsed time is shown where the stream is not a terminal. */
const SHOW_EVERY_S = 10;
export const QUOTE = "  │ ";
const MAX_QUOTED = 190;

/** A screen that writes to a terminal or to another stream. */
export function screenOn(
  stream: { write(text: string): unknown; readonly isTTY?: boolean },
  now = Date.now,
): Screen {
  let step = 0;
  const line = (text: string) => void stream.write(`${text}\n`);
  return {
    headline(title, ...why) {
      step++;
      line("");
      line(`${step}. ${title}`);
      for (const text of why) line(`   ${text}`);
    },
    say: text => line(`  ${text}`),
    quote(lines) {
      for (const text of lines) line(QUOTE + shortened(text));
    },
    async during(what, work) {
      const began = now();
      const elapsed = () => Math.round((now() - began) / 1000);
      const text = `  … ${what}`;
      stream.write(text);
      const timer = setInterval(() => {
        const seconds = elapsed();
        if (stream.isTTY) stream.write(`\r${text} ${seconds} s`);
        else if (seconds % SHOW_EVERY_S === 0) stream.write(` ${seconds} s …`);
      }, TICK_MS);
      try {
        const result = await work();
        stream.write(stream.isTTY ? `\r${text} ${elapsed()} s\n` : ` ${elapsed()} s\n`);
        return result;
      } catch (error) {
        stream.write(" failed\n");
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

const shortened = (text: string): string =>
  text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED - 1)}…` : text;
