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

test("prune names an expired grant of a team, and leaves it", async () => {
  withTeam(", expires: 2026-11-01");
  const { code, err, out } = await runCli(["prune", folder]);
  expect([code, out]).toEqual([0, "no grant has expired"]);
  expect(err.replaceAll(`${folder}/`, "")).toMatch(
    /^teams\.yaml:5: write of team pay expired at 2026-11-02T00:00:00Z; take it out by hand/,
  );
  expect(JSON.parse((await runCli(["prune", folder, "--json"])).out)).toMatchObject({
    pruned: [],
    byHand: [{ team: "pay", role: "write", expires: "2026-11-02T00:00:00Z" }],
  });
});
