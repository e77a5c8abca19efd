import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { sleep } from "../../local/process/child-process";
import { IS_WHOLE } from "../support/hostile-strings";

const ROOT = resolve(__dirname, "../..");
const MINUTE = 60_000;

/** One run of the demo, with its own temporary directory and mark. */
class Run {
  // The path must be short: it contains sockets.
  readonly temporary = mkdtempSync(join(tmpdir(), "demo-"));
  readonly mark = randomUUID();
  output = "";
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(environment: Record<string, string> = {}) {
    const args = ["--import", pathToFileURL(require.resolve("tsx")).href, join("local", "demo", "demo.ts")];
    const env = { ...process.env, TMPDIR: this.temporary, AURORA_USERS_DEMO_TEST: this.mark, ...environment };
    this.child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.ended = new Promise(done => this.child.once("close", done));
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text) && this.child.exitCode === null) await sleep(50);
    expect(this.output).toContain(text);
  }

  /** The processes of this run: they have its mark or its temporary directory. Zombies have neither. */
  remainingProcesses(): string[] {
    return readdirSync("/proc")
      .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap(pid => {
        const [environ, commandLine] = ["environ", "cmdline"].map(file => textOf(`/proc/${pid}/${file}`)) as [
          string,
          string,
        ];
        const ours = environ.includes(this.mark) || commandLine.includes(this.temporary);
        return ours ? [`${pid} ${commandLine.replaceAll("\0", " ")}`] : [];
      });
  }

  /** The files in the temporary directory, without tsx's cache. */
  files(): string[] {
    return readdirSync(this.temporary).filter(name => !name.startsWith("tsx-"));
  }
}

const textOf = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

const runs: Run[] = [];
const demo = (environment?: Record<string, string>): Run => {
  const run = new Run(environment);
  runs.push(run);
  return run;
};

/** Names and hashes of the files that the demo must not change. */
function repository(): string[] {
  const hashed = ["users", "schemas"].flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath ?? entry.path, entry.name)),
  );
  return [
    ...readdirSync(ROOT),
    ...hashed.map(
      file =>
        `${file.slice(ROOT.length + 1)} ${createHash("sha256").update(readFileSync(file)).digest("hex")}`,
    ),
  ];
}

/** The text without ids, times and durations, which differ between runs. */
const timeless = (text: string): string =>
  text
    .replace(/cs-\d{8}T\d{6}Z-[0-9a-f]+/g, "cs-ID")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, time => (time.startsWith("2027") ? time : "TIME"))
    .replace(/ +ends in more than 90 days$/gm, "")
    .replace(/in \d+ s\b/g, "in N s");

const withoutGutter = (text: string): string => text.replace(/^ {2}│ ?/gm, "").replace(/[ \t]+$/gm, "");

/** The first line of the summary of each plan that the demo applies, in order. */
const HEADLINES = [
  "1 cluster not known yet: 5 people and 2 services may gain, highest: `admin` on `app_prod` (new)",
  "1 person gains; highest: `write` on orders (was `read`)",
  "nobody gains or loses access, 1 service and 1 account are drift",
  "1 person loses",
  "1 service gains; highest: `read` on `orders.orders` (new)",
  "1 service loses",
  "nobody gains or loses access, 1 person changes",
];

afterAll(() => {
  for (const run of runs) {
    run.child.kill("SIGKILL");
    rmSync(run.temporary, { recursive: true, force: true });
  }
});

describe("npm run demo", () => {
  let run: Run;
  let code: number | null;
  const before = repository();

  beforeAll(async () => {
    run = demo();
    code = await run.ended;
  }, 15 * MINUTE);

  it("succeeds", () => {
    expect({ code, end: code === 0 ? "" : run.output.slice(-4_000) }).toEqual({ code: 0, end: "" });
  });

  it("shows its steps in order", () => {
    const headlines = run.output.split("\n").filter(line => /^\d+\. /.test(line));
    expect(headlines).toEqual([
      "1. First apply",
      "2. Login by IAM token",
      "3. A role changes",
      "4. Drift",
      "5. A removal",
      "6. A service with a password",
      "7. Its password is rotated",
      "8. A host",
      "9. An end date",
      "10. The mail about it",
      "11. Access ends by itself",
      "12. Nothing is left to do",
      "13. The audit trail",
    ]);
  });

  it("quotes Terraform, the server and the audit trail", () => {
    const output = withoutGutter(run.output);
    for (const line of [
      "                    + \"0001\" = \"GRANT INSERT, UPDATE ON `orders`.* TO 'sl_jane.doe'@'%'\"",
      '                            ~ role    = "read" -> "write"',
      "INSERT command denied to user 'sl_jane.doe'@",
      "DROP USER 'sl_mallory'@'%'",
      "# terraform_data.mei_lin-on-orders will be destroyed",
      "Access denied for user 'sl_mei.lin'@",
      "IDENTIFIED WITH caching_sha2_password BY <password from Secrets Manager>",
      '+ name                           = "aurora-users/orders/sl_labels"',
      "SELECT command denied to user 'sl_labels'@",
      '$ mysql --user=sl_labels --password="$OLD"',
      "Access denied for user 'sl_labels'@",
      '+ hosts: ["127.0.0.%"]',
      "RENAME USER 'sl_order-sync'@'%' TO 'sl_order-sync'@'127.0.0.%'",
      "$ mysql --user=sl_order-sync --bind-address=127.0.1.5\nERROR 1045",
      "Access denied for user 'sl_order-sync'@'127.0.1.5'",
      "$ mysql --user=sl_order-sync --bind-address=127.0.0.5 --password=",
      "Subject: orders: sl_jane.doe has other access",
      "HOW TO LOG IN",
      "orders-expiry once",
      "orders: access of sl_jane.doe has expired",
      "aurora-users-orders: No changes. Your infrastructure matches the configuration.",
      "aurora-users-payments: No changes. Your infrastructure matches the configuration.",
      "1 grant in 1 file removed",
      "items in 2 chains, 0 anchors: whole",
      "orders: altered: item 5 was altered: its content does not give its hash",
    ])
      expect(output).toContain(line.trim());
    expect(output).toMatch(
      /WARN \[aurora-users-orders\/orders\]: users\/jane\.doe\.yaml:8:14 grants\[0\]\.expires: "[^"]+" has passed/,
    );
    expect(output).toMatch(/Open the mail in a browser: \S+jane\.doe@example\.com\.html$/m);
  });

  it("prints the summary of each plan that it applies", () => {
    const output = withoutGutter(run.output);
    const summaries = [
      ...output.matchAll(/^\$ aurora-users summary plan-\d+\.tfplan --format text\n(.+)$/gm),
    ];
    expect(summaries.map(([, headline]) => headline)).toEqual(HEADLINES);
    expect(output).toMatch(/^CHANGE +WHO /m);
    expect(output).toMatch(/^gains +Jane Doe .* read +write /m);
  });

  it("prints what the README quotes", () => {
    const output = timeless(withoutGutter(run.output));
    const quoted = [
      ...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/^```text demo\n([\s\S]*?)^```$/gm),
    ].map(match => match[1]!);
    expect(quoted.length).toBeGreaterThan(0);
    for (const quote of quoted) expect(output).toContain(timeless(quote.trimEnd()));
  });

  it("leaves no process, no file and no change", () => {
    expect(run.remainingProcesses()).toEqual([]);
    expect(run.files()).toEqual([]);
    expect(repository()).toEqual(before);
  });
});

const SIGNALS: readonly (readonly [NodeJS.Signals, number])[] = [
  ["SIGINT", 130],
  ...(IS_WHOLE ? ([["SIGTERM", 143]] as const) : []),
];

it.each(SIGNALS)(
  "%s in the middle of an apply ends everything",
  async (signal, expected) => {
    const run = demo();
    await run.says("terraform apply aurora-users-shared");
    await sleep(2_000);
    run.child.kill(signal);
    expect(await run.ended).toBe(expected);
    expect(run.remainingProcesses()).toEqual([]);
    expect(run.files()).toEqual([]);
  },
  5 * MINUTE,
);

it(
  "a missing part is named, with what to install, before anything is started",
  async () => {
    const run = demo({ TERRAFORM_BINARY_NAME: "no-such-terraform" });
    expect(await run.ended).toBe(1);
    expect(run.output).toMatch(/no-such-terraform is missing: install Terraform/);
    expect(run.files()).toEqual([]);
  },
  MINUTE,
);
