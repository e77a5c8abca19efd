import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { findOnPath, outputOf, spawnChild } from "../process/child-process";
import { installDebianPackage } from "../process/debian-package";
import { LocalError, MissingPartError } from "../process/local-error";
import { makeRunDirectory } from "../process/run-directory";

const NAMES = ["chromium", "google-chrome", "chromium-browser"];
const MISSING =
  "Chromium is missing: install it (Debian, as root: apt-get install chromium), or put google-chrome on PATH";
const TIMEOUT_MS = 60_000;

export interface Look {
  /** In pixels. @default 760 by 1200 */
  readonly width?: number;
  readonly height?: number;
  /** Whether the user prefers dark mode. @default false */
  readonly dark?: boolean;
}

/** A real browser without a window. Scripts are on, and it has no network. */
export interface Browser {
  /** Opens a page and writes a picture of it to a PNG file. */
  screenshot(html: string, file: string, look?: Look): Promise<void>;
  /** The text that a page shows. */
  domText(html: string): Promise<string>;
  /**
   * The value of an expression, after the page was loaded and its scripts have run. It must be a JSON value.
   */
  evaluate(html: string, expression: string): Promise<unknown>;
}

let command: Promise<string> | undefined;

/**
 * Finds Chromium on PATH. On Debian, as root, a missing one is installed (once, 400 MB).
 *
 * @throws MissingPartError when it cannot be provided
 */
export async function provisionBrowser(): Promise<Browser> {
  command ??= findBrowser();
  const browser = await command.catch(error => {
    command = undefined;
    throw error;
  });
  return {
    async screenshot(html, file, { width = 760, height = 1200, dark = false } = {}) {
      const options = [`--window-size=${width},${height}`, "--hide-scrollbars", `--screenshot=${file}`];
      if (dark) options.push("--blink-settings=preferredColorScheme=0");
      await open(browser, html, options);
    },
    domText: async html => String(await evaluate(browser, html, "document.body.innerText")),
    evaluate: (html, expression) => evaluate(browser, html, expression),
  };
}

async function findBrowser(): Promise<string> {
  const found = onPath();
  if (found) return found;
  await installDebianPackage("chromium", MISSING);
  const installed = onPath();
  if (!installed) throw new MissingPartError(MISSING);
  return installed;
}

const onPath = (): string | undefined => NAMES.map(name => findOnPath(name)).find(path => path !== undefined);

/** Evaluates after the page's own scripts, and writes the result into an attribute of the dumped page. */
async function evaluate(command: string, html: string, expression: string): Promise<unknown> {
  const script = `<script>addEventListener("load", () => setTimeout(() => {
    document.documentElement.setAttribute("data-result", encodeURIComponent(JSON.stringify(${expression})));
  }, 100));</script>`;
  const dom = await open(command, html + script, ["--virtual-time-budget=1000", "--dump-dom"]);
  const result = /<html[^>]* data-result="([^"]*)"/.exec(dom)?.[1];
  if (result === undefined) throw new LocalError("the browser did not evaluate the expression");
  return JSON.parse(decodeURIComponent(result)) as unknown;
}

/** Opens a page with a new profile. @returns what the browser prints */
async function open(command: string, html: string, options: readonly string[]): Promise<string> {
  const directory = await makeRunDirectory("browser");
  const page = join(directory, "page.html");
  writeFileSync(page, html);
  const child = spawnChild(
    command,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-extensions",
      `--user-data-dir=${join(directory, "profile")}`,
      "--host-resolver-rules=MAP * ~NOTFOUND",
      ...options,
      pathToFileURL(page).href,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  ) as Parameters<typeof outputOf>[0];
  const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
  try {
    const { status, stdout, text } = await outputOf(child);
    if (status !== 0) throw new LocalError(`the browser ended with ${status}: ${text.slice(-1_000)}`);
    return stdout;
  } finally {
    clearTimeout(timer);
    rmSync(directory, { recursive: true, force: true });
  }
}
