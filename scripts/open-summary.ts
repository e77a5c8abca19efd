import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { htmlPage } from "../cli/summary/html-page";
import type { Roster } from "../core/roster/roster";
import { readPlan } from "../core/summary/read-plan";
import { summarizePlan } from "../core/summary/summarize-plan";
import { findOnPath } from "../local/process/child-process";
import { NOW, planJson } from "../test/support/summary-plans";
import { PipeBrowser } from "./pipe-browser";

/**
 * Opens the HTML summary in Chromium with hostile names. Fails if a script ran, something was fetched, the
 * contrast is too small (axe-core), or the keyboard does not reach a part. Writes pictures: look at them.
 * Usage: `npx tsx scripts/open-summary.ts <folder for the pictures>`
 */
const NAMES = [
  "<img src=x onerror=\"document.title='ran'\">",
  "<script>document.title='ran'</script>",
  "@octocat #1 `code` [a](http://evil.example) **bold**",
  "\u202eturned around\u2066",
  "\u05d0\u05d1\u05d2 \u0627\u0628\u062c",
  "</code></td></tr></table><iframe src=http://evil.example>",
  "Jane Doe",
];
const account = (name: string, index: number, role: string) => ({
  kind: index % 3 === 1 ? ("service" as const) : ("person" as const),
  user: `user.${index}`,
  name,
  email: "a@example.com",
  databases: { shop: { role, reason: name, project: "shop/prod" } },
});
const roles: Roster["roles"] = { read: ["SELECT"], admin: ["SELECT", "ALTER"] };
const projects = { shop: { owner: { email: "a@example.com" } } };
const rosterOf = (role: (index: number) => string): Roster => ({
  roles,
  projects,
  accounts: Object.fromEntries(
    NAMES.map((name, index) => [`sl_user.${index}`, account(name, index, role(index))]),
  ),
});

function page(): string {
  const before = rosterOf(index => (index === 6 ? "admin" : "read"));
  const after = rosterOf(index => (index % 2 === 0 && index < 6 ? "admin" : "read"));
  const statements = [
    "DROP USER 'sl_mallory'@'%'",
    ...NAMES.map(name => `GRANT ALTER ON \`${name}\`.* TO 'sl_a'@'%'`),
  ];
  const preview = { verified: false, summary: `billing: no answer from ${NAMES[0]}` };
  const billing = { cluster: "billing", before, after, status: "unverified" as const, preview };
  const plan = planJson([{ cluster: "orders", before, after, statements, notes: NAMES }, billing]);
  return htmlPage(summarizePlan(readPlan(plan, "plan.json", NOW)));
}

const faults: string[] = [];
const expectThat = (holds: boolean, what: string) => {
  console.log(`${holds ? "ok  " : "NOT "} ${what}`);
  if (!holds) faults.push(what);
};

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

async function contrast(browser: PipeBrowser, scheme: string): Promise<void> {
  await browser.send("Emulation.setEmulatedMedia", {
    features: [{ name: "prefers-color-scheme", value: scheme }],
  });
  await browser.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const found = (await browser.evaluate("axe.run(document)")) as AxeResult;
  const shown = found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`).join("\n");
  expectThat(
    found.violations.length === 0,
    `axe-core finds nothing (${scheme})${shown === "" ? "" : `\n${shown}`}`,
  );
}

/** Presses Tab until everything that takes the focus had it. */
async function keyboard(browser: PipeBrowser): Promise<void> {
  const wanted = (await browser.evaluate(
    "document.querySelectorAll('summary,[tabindex=\"0\"]').length",
  )) as number;
  const reached = new Set<string>();
  for (let n = 0; n < wanted; n++) {
    await browser.press("Tab");
    reached.add((await browser.evaluate("document.activeElement.outerHTML.slice(0, 80)")) as string);
    if ((await browser.evaluate("document.activeElement.tagName")) === "SUMMARY")
      await browser.press("Enter");
  }
  expectThat(reached.size === wanted, `Tab reaches each of the ${wanted} parts`);
  const open = (await browser.evaluate("document.querySelectorAll('details:not([open])').length")) as number;
  expectThat(open === 0, "Enter opens each folded part");
}

async function picture(browser: PipeBrowser, file: string): Promise<void> {
  const { data } = await browser.send("Page.captureScreenshot", { captureBeyondViewport: true });
  writeFileSync(file, Buffer.from(data as string, "base64"));
  console.log(file);
}

async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? "summary-pictures");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "summary.html");
  writeFileSync(file, page());
  const command = ["chromium", "google-chrome", "chromium-browser"]
    .map(name => findOnPath(name))
    .find(Boolean);
  if (!command)
    throw new Error("Chromium is missing: install it (Debian, as root: apt-get install chromium)");
  const browser = await PipeBrowser.start(command);
  try {
    await browser.send("Page.navigate", { url: pathToFileURL(file).href });
    await new Promise(wait => setTimeout(wait, 1_500));
    const requests = browser.events.filter(({ method }) => method === "Network.requestWillBeSent");
    expectThat(requests.length === 1, "nothing but the page is fetched");
    const complaints = browser.events.filter(({ method }) =>
      /Log.entryAdded|exceptionThrown|consoleAPI/.test(method),
    );
    expectThat(
      complaints.length === 0,
      `no error in the console ${JSON.stringify(complaints).slice(0, 300)}`,
    );
    expectThat(
      (await browser.evaluate("document.title")) === "Who gains and who loses access",
      "no script ran",
    );
    const made = await browser.evaluate("document.querySelectorAll('script,img,iframe,a,link').length");
    expectThat(made === 0, "no name made an element");
    await contrast(browser, "light");
    await picture(browser, join(folder, "light.png"));
    await keyboard(browser);
    await contrast(browser, "dark");
    await picture(browser, join(folder, "dark-open.png"));
  } finally {
    browser.stop();
  }
  if (faults.length > 0) process.exitCode = 1;
}

void main();
