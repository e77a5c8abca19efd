// Opens pages in Chromium as people do, and checks them:
// npx tsx scripts/look-at-pages.ts <folder> [page.html ...]
// Without pages it looks at those of pages-to-look-at.ts. Pictures go to the folder.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { findOnPath } from "../local/process/child-process";
import { installDebianPackage } from "../local/process/debian-package";
import { hostileHtml, hostileMarkdown, hostileMatrix, largeMatrix } from "./pages-to-look-at";

const MISSING = "Chromium is missing: install it (Debian, as root: apt-get install chromium)";
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

/** How a page is looked at. */
const LOOKS = [
  { name: "light", width: 1280, height: 900, colorScheme: "light" },
  { name: "dark", width: 1280, height: 900, colorScheme: "dark" },
  { name: "phone", width: 390, height: 844, colorScheme: "light" },
] as const;

const faults: string[] = [];
const say = (text: string) => process.stdout.write(`${text}\n`);

/** Opens a page, and notes errors of scripts and every request but the one for the page itself. */
async function open(browser: Browser, file: string, look: (typeof LOOKS)[number], bypassCSP = false) {
  const { colorScheme, height, width } = look;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, bypassCSP });
  const page = await context.newPage();
  const url = pathToFileURL(file).href;
  page.on("pageerror", error => faults.push(`${file}: script error: ${error.message}`));
  page.on("console", message => {
    if (message.type() === "error") faults.push(`${file}: console: ${message.text()}`);
  });
  page.on("request", request => {
    if (request.url() !== url && !request.url().startsWith("data:"))
      faults.push(`${file}: asks for ${request.url()}`);
  });
  page.on("dialog", dialog => {
    faults.push(`${file}: opens a dialog`);
    void dialog.dismiss();
  });
  await page.goto(url);
  return page;
}

async function checkContrast(page: Page, name: string): Promise<void> {
  await page.addScriptTag({ content: AXE });
  const { violations } = (await page.evaluate(
    `axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"] })`,
  )) as { violations: { id: string; help: string; nodes: { html: string }[] }[] };
  for (const { help, id, nodes } of violations)
    faults.push(`${name}: axe ${id}: ${help} (${nodes.length}, such as ${nodes[0]?.html.slice(0, 150)})`);
  say(`${name}: axe-core found ${violations.length} violations`);
}

const expectThat = (isSo: boolean, what: string) => {
  if (!isSo) faults.push(what);
};

/** Only the matrix page: reaches every control by Tab, sorts by Enter, filters, and prints. */
async function useByKeyboard(page: Page): Promise<void> {
  const rows = () => page.locator("tbody tr").count();
  const reached = new Set<string>();
  for (let press = 0; press < 20; press++) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(
      `(() => { const at = document.activeElement; const style = getComputedStyle(at);
        return { name: at.id || at.dataset.key || at.type || at.className, outline: style.outlineStyle }; })()`,
    );
    const { name, outline } = found as { name: string; outline: string };
    reached.add(name);
    expectThat(outline !== "none", `the focus of ${name} is not visible`);
  }
  for (const wanted of [
    "skip",
    "search",
    "cluster",
    "role",
    "ending",
    "reset",
    "print",
    "table",
    "user",
    "end",
  ])
    expectThat(reached.has(wanted), `Tab does not reach ${wanted}: ${[...reached].join(", ")}`);
  const first = () => page.locator("tbody th").first().textContent();
  const before = await first();
  await page.locator('[data-key="user"]').focus();
  await page.keyboard.press("Enter");
  expectThat((await page.locator("th[aria-sort=descending]").count()) === 1, "Enter does not sort");
  expectThat((await first()) !== before, "sorting changes nothing");
  expectThat(
    (await page.evaluate("document.activeElement.dataset.key")) === "user",
    "the focus is lost after sorting",
  );
  await page.locator("#search").focus();
  await page.keyboard.type("no such person at all");
  expectThat((await rows()) === 0, "the search finds what is not there");
  await page.locator("button[type=reset]").focus();
  await page.keyboard.press("Enter");
  await page.waitForTimeout(50);
  expectThat((await rows()) > 0, "Clear does not clear");
  await page.locator("#ending").selectOption("soon");
  const soon = await page.locator("tbody tr").count();
  expectThat((await page.locator("tbody td .soon").count()) >= soon, "the filter of ends shows others");
  await page.locator("#ending").selectOption("");
}

/** Only the summary: reaches every part by Tab, and opens what is folded by Enter. */
async function openByKeyboard(page: Page): Promise<void> {
  const parts = await page.locator('summary,[tabindex="0"]').count();
  const reached = new Set<string>();
  for (let press = 0; press < parts; press++) {
    await page.keyboard.press("Tab");
    const [part, outline] = (await page.evaluate(
      `(() => { const at = document.activeElement; return [at.outerHTML, getComputedStyle(at).outlineStyle]; })()`,
    )) as [string, string];
    expectThat(outline !== "none", `the focus of ${part.slice(0, 80)} is not visible`);
    reached.add(part);
    if (part.startsWith("<summary")) await page.keyboard.press("Enter");
  }
  expectThat(parts > 0 && reached.size === parts, `Tab reaches ${reached.size} of ${parts} parts`);
  expectThat((await page.locator("details:not([open])").count()) === 0, "Enter does not open what is folded");
}

/** A summary has no element but its own, whatever the names are. */
async function checkElements(page: Page, name: string): Promise<void> {
  const made = await page.locator("script,img,iframe,a,link,main main,table table").count();
  expectThat(made === 0, `${name}: a name made ${made} elements`);
}

async function look(browser: Browser, file: string, folder: string): Promise<void> {
  const name = basename(file, ".html");
  for (const one of LOOKS) {
    const page = await open(browser, file, one);
    await page.screenshot({ path: join(folder, `${name}-${one.name}.png`) });
    expectThat((await page.title()) !== "injected", `${file}: a name ran as a script`);
    if (name.startsWith("summary")) await checkElements(page, name);
    if (one.name === "light" && name.startsWith("matrix")) await useByKeyboard(page);
    if (one.name === "light" && name === "summary-html") {
      await openByKeyboard(page);
      await page.screenshot({ path: join(folder, `${name}-open.png`), fullPage: true });
    }
    await page.context().close();
    // The page's policy would not let the checker in.
    const checked = await open(browser, file, one, true);
    await checkContrast(checked, `${name} ${one.name}`);
    await checked.context().close();
  }
  const page = await open(browser, file, LOOKS[0]);
  await page.emulateMedia({ media: "print" });
  await page.pdf({ path: join(folder, `${name}.pdf`), format: "A4", landscape: true });
  await page.evaluate(`dispatchEvent(new Event("beforeprint"))`);
  await page.screenshot({ path: join(folder, `${name}-print.png`) });
  await page.context().close();
}

/** How long the large page takes until its rows are there, and until a search is shown. */
async function measure(browser: Browser, file: string): Promise<void> {
  const page = await open(browser, file, LOOKS[0]);
  const loaded = await page.evaluate("performance.getEntriesByType('navigation')[0].domComplete");
  const searched = await page.evaluate(`(() => { const start = performance.now();
    const search = document.getElementById("search"); search.value = "person.99"; search.dispatchEvent(new Event("input"));
    document.body.offsetHeight; return performance.now() - start; })()`);
  const printed = await page.evaluate(`(() => { const start = performance.now();
    const search = document.getElementById("search"); search.value = ""; search.dispatchEvent(new Event("input"));
    dispatchEvent(new Event("beforeprint")); document.body.offsetHeight; return performance.now() - start; })()`);
  say(
    `${basename(file)}: ${(readFileSync(file).length / 1e6).toFixed(1)} MB, loaded after ${Math.round(Number(loaded))} ms, ` +
      `searched in ${Math.round(Number(searched))} ms, all rows for the printer in ${Math.round(Number(printed))} ms`,
  );
  await page.context().close();
}

async function main([folder, ...pages]: readonly string[]): Promise<void> {
  if (folder === undefined) throw new Error("name a folder for the pictures");
  mkdirSync(folder, { recursive: true });
  const names = ["chromium", "google-chrome", "chromium-browser"];
  const onPath = () => names.map(name => findOnPath(name)).find(path => path !== undefined);
  if (!onPath()) await installDebianPackage("chromium", MISSING);
  const executablePath = onPath();
  if (executablePath === undefined) throw new Error(MISSING);
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const own = {
      "summary-html.html": hostileHtml(),
      "summary-markdown.html": hostileMarkdown(),
      "matrix-hostile.html": hostileMatrix(),
      "matrix-large.html": largeMatrix(10_000),
    };
    const files = pages.length > 0 ? pages : Object.keys(own).map(name => join(folder, name));
    if (pages.length === 0)
      for (const [name, text] of Object.entries(own)) writeFileSync(join(folder, name), text);
    for (const file of files) await look(browser, file, folder);
    if (pages.length === 0) await measure(browser, files.at(-1)!);
  } finally {
    await browser.close();
  }
  for (const fault of faults) say(`FAULT ${fault}`);
  say(faults.length === 0 ? `no fault; look at the pictures in ${folder}` : `${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
