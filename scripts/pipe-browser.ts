import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { spawnChild } from "../local/process/child-process";
import { makeRunDirectory } from "../local/process/run-directory";

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A page of a browser that is steered by the DevTools protocol, by way of a pipe: it has no port. */
export class PipeBrowser {
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #waiting = new Map<number, (message: Message) => void>();
  #session: string | undefined;
  #last = 0;
  /** What the page did, by event: `Network.requestWillBeSent`. */
  readonly events: { readonly method: string; readonly params: Readonly<Record<string, unknown>> }[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#input = child.stdio[3] as Writable;
    let text = "";
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (part: string) => {
      const messages = (text + part).split("\0");
      text = messages.pop()!;
      for (const message of messages) this.#receive(JSON.parse(message) as Message);
    });
  }

  static async start(command: string, size = "1400,1000"): Promise<PipeBrowser> {
    const profile = await makeRunDirectory("browser");
    const flags = [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
    ];
    const more = [
      "--remote-debugging-pipe",
      `--user-data-dir=${profile}`,
      `--window-size=${size}`,
      "about:blank",
    ];
    const child = spawnChild(command, [...flags, ...more], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    const browser = new PipeBrowser(child);
    const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = sessionId as string;
    for (const domain of ["Page", "Network", "Runtime", "Log"]) await browser.send(`${domain}.enable`);
    return browser;
  }

  #receive(message: Message): void {
    if (message.id !== undefined) this.#waiting.get(message.id)?.(message);
    else if (message.method) this.events.push({ method: message.method, params: message.params ?? {} });
  }

  /** Sends a command. @throws Error with the browser's own words */
  async send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    const answer = new Promise<Message>(resolve => this.#waiting.set(id, resolve));
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { error, result = {} } = await answer;
    this.#waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (answer["exceptionDetails"]) throw new Error(JSON.stringify(answer["exceptionDetails"]));
    return (answer["result"] as { value?: unknown }).value;
  }

  async press(key: string): Promise<void> {
    const codes: Record<string, number> = { Tab: 9, Enter: 13, End: 35, ArrowRight: 39 };
    const text = key === "Enter" ? { text: "\r" } : {};
    for (const type of ["keyDown", "keyUp"])
      await this.send("Input.dispatchKeyEvent", { type, key, windowsVirtualKeyCode: codes[key], ...text });
  }

  stop(): void {
    this.#child.kill();
  }
}
