import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../../run-cli";

let work: string;
let folder: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), "people "));
  folder = join(work, "users");
  mkdirSync(folder);
  for (let n = 0; n < 100; n++)
    writeFileSync(join(folder, `p${n}.yaml`), `name: P${n}\nemail: p${n}@example.com\ngrants: [] # none\n`);
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const HEAD = "user,cluster,database,project,environment,role,expires,reason\n";
const grantAll = async (csv: string, ...argv: string[]) => {
  const file = join(work, "people.csv");
  writeFileSync(file, csv);
  const { code, out, err } = await runCli(["grant", "--file", file, "--folder", folder, ...argv]);
  return { code, out, err: err.replaceAll(`${work}/`, "") };
};
const state = () => readdirSync(folder).map(name => [name, readFileSync(join(folder, name), "utf8")]);
const rows = Array.from(
  { length: 300 },
  (_, n) => `p${n % 100},orders,db${n},,,read,90d,"INC-${n}, ""why"""`,
);

test("300 rows, three of them wrong: nothing is written, and each has its line and column", async () => {
  const before = state();
  const wrong = rows
    .with(6, "p6,orders,db6,,,raed,,")
    .with(99, "p999,orders,db99,,,read,,")
    .with(250, "p50,orders,db250,,,read,2026-02-30,");
  const { code, err, out } = await grantAll(HEAD + wrong.join("\n"));
  expect([code, out, err.split("\n")]).toEqual([
    1,
    "",
    [
      'people.csv:8 role: unknown role "raed"; did you mean "read"?',
      expect.stringMatching(
        /^people\.csv:101 user: no file of .*users has the user "p999"; did you mean "p99"\?/,
      ),
      expect.stringMatching(/^people\.csv:252 expires: "2026-02-30" is a day that does not exist/),
      "nothing was changed: 3 rows of the table cannot be used",
    ],
  ]);
  expect(state()).toEqual(before);
});

test("300 rows are 300 grants, with a byte order mark and CRLF too", async () => {
  const started = Date.now();
  const { code, err } = await grantAll(`\uFEFF${HEAD}${rows.join("\n")}\n`.replaceAll("\n", "\r\n"));
  expect([code, err.split("\n").at(-1)]).toEqual([0, "300 grants added"]);
  expect(readFileSync(join(folder, "p7.yaml"), "utf8")).toBe(`name: P7
email: p7@example.com
grants: # none
${[7, 107, 207]
  .map(
    n => `  - cluster: orders
    databases: [db${n}]
    role: read
    expires: 2027-02-18
    reason: INC-${n}, "why"
`,
  )
  .join("")}`);
  expect((await runCli(["check", folder])).code).toBe(0);
  expect(Date.now() - started).toBeLessThan(60_000);
});

test.each([
  ["an unknown column", "user,rol\n", 'people.csv:1: unknown column "rol"; did you mean "role"?'],
  ["no role", "user,cluster,database\n", "people.csv:1: the column `role` is missing"],
  ["a column twice", "user,role,role\n", "people.csv:1: the column `role` is there twice"],
  [
    "an open quote",
    `${HEAD}p1,orders,a,,,read,,\np2,orders,a,,,read,,"INC-2\np3,orders,a,,,read,,\n`,
    'people.csv:3: a quote (") begins a cell here, and nothing closes it',
  ],
  ["a cell too many", `${HEAD}p1,orders,a,,,read,,,x\n`, "people.csv:2: has 9 cells, and the first line 8"],
  [
    "no place",
    `${HEAD}p1,,,,,read,,\n`,
    "people.csv:2 cluster: is missing: name a cluster and a database, or a project",
  ],
  ["an unknown project", `${HEAD}p1,,,web,prod,read,,\n`, 'people.csv:2 project: unknown project "web"'],
  [
    "the same twice",
    `${HEAD}p1,orders,a,,,read,,\np1,orders,a,,,read,,\n`,
    'people.csv:3: gives "a" on "orders" what',
  ],
  ["a reason of two lines", `${HEAD}p1,orders,a,,,read,,"a\nb"\n`, "people.csv:2 reason: has a line break"],
  ["nothing", "", "people.csv is empty; its first line names the columns: user,cluster,"],
  ["empty lines", "\n\r\n", "people.csv is empty; its first line"],
  ["a first line alone", `\uFEFF${HEAD}\r\n`, "people.csv has no row below its first line"],
  [
    "text after a quote",
    `${HEAD}p1,orders,a,,,read,,"INC"-2\n`,
    'people.csv:2: a quote (") ends a cell here, and text follows',
  ],
  [
    "two quoted texts",
    `${HEAD}p1,orders,a,,,read,,"INC" "2"\n`,
    'people.csv:2: a quote (") ends a cell here',
  ],
  ["semicolons", `${HEAD}p1,orders,a,,,read,,\n`.replaceAll(",", ";"), "there are: user, cluster,"],
  [
    "a wrong row after a cell of two lines",
    `${HEAD}p1,orders,a,,,read,,"a\r\nb"\r\np2,orders,a,,,raed,,\r\n`,
    "people.csv:4 role: unknown role",
  ],
  ["no user", `${HEAD},orders,a,,,read,,\n`, "people.csv:2 user: is empty"],
])("of %s is said where, and nothing is written", async (_, csv, message) => {
  const before = state();
  const { code, err } = await grantAll(csv);
  expect([code > 0, err]).toEqual([true, expect.stringContaining(message)]);
  expect(state()).toEqual(before);
});

test("one person can have rows on several clusters, in any order of columns", async () => {
  const csv = "role,database,cluster,user\nread,a,orders,p1\nwrite,b,orders,p2\n\nread,a,stock,p1\n";
  expect((await grantAll(csv)).err.split("\n").at(-1)).toBe("3 grants added");
  expect(readFileSync(join(folder, "p1.yaml"), "utf8").match(/cluster: .*/g)).toEqual([
    "cluster: orders",
    "cluster: stock",
  ]);
});

test("with --json the rows are listed, and other options are refused", async () => {
  const { out } = await grantAll(`${HEAD}p1,orders,a,,,raed,,\n`, "--json");
  expect(JSON.parse(out)).toEqual({
    rows: [
      { file: expect.any(String), line: 2, column: "role", message: expect.stringContaining("unknown role") },
    ],
    changed: false,
  });
  expect((await grantAll(HEAD, "--role", "read")).code).toBe(2);
});
