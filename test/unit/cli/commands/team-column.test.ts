import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../run-cli";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
  writeFileSync(
    join(folder, "jane.yaml"),
    "name: Jane\nemail: jane@example.com\ngrants: [{cluster: orders, databases: [a], role: read}]\n",
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const withTeam = (expires = "") =>
  writeFileSync(
    join(folder, "teams.yaml"),
    `pay:\n  owner: {name: T, email: t@example.com}\n  members: [jane]\n  grants:\n    - {cluster: orders, databases: [a], role: write${expires}}\n`,
  );
const tables = async () => [
  (await runCli(["who", folder])).out,
  (await runCli(["who", folder, "--csv"])).out,
  (await runCli(["whoami", folder, "--as", "jane"])).out,
];

test("who and whoami say which team a grant is of; tables only have the column where a grant is of one", async () => {
  const [table, rows, mine] = await tables();
  for (const text of [table, mine]) expect(text).not.toMatch(/team/i);
  // Programs read CSV: its columns are always the same.
  expect(rows?.split("\n").map(line => line.split(",").at(-1))).toEqual(['"team"', '""']);
  withTeam();
  const [who, csv, whoami] = await tables();
  expect(who).toMatch(/REASON +TEAM\n.* read\n.* write .* pay$/);
  expect(csv?.split("\n").map(line => line.split(",").at(-1))).toEqual(['"team"', '""', '"pay"']);
  expect(whoami).toMatch(/UNTIL +TEAM\n.* read\n.* write .* pay$/);
});
