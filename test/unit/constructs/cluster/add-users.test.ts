import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addUsers } from "../../../../constructs";
import { clusterIn, person, reads, stackOf, synth } from "../synth";

const folder = mkdtempSync(join(tmpdir(), "users-"));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const jane = (role = "read") =>
  write(
    "jane.doe.yaml",
    `name: Jane Doe\nemail: jane.doe@example.com\ngrants:\n  - {cluster: orders, databases: [orders], role: ${role}}\n`,
  );

beforeEach(() => {
  write("settings.yaml", "prefix: sl\nemailDomains: [example.com]\n");
  jane();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("addUsers", () => {
  it("gives every cluster its roster", () => {
    const stack = stackOf();
    const clusters = ["orders", "payments"].map(name => clusterIn(stack, {}, name));
    addUsers(folder, clusters);
    expect(clusters.map(cluster => Object.keys(cluster.toRoster().accounts))).toEqual([["sl_jane.doe"], []]);
    expect(synth(stack).locals["jane_doe-on-orders"]).toMatchObject({
      name: "Jane Doe",
      databases: { orders: { role: "read" } },
    });
  });

  it("puts the owners of projects into the roster, as text", () => {
    write(
      "projects.yaml",
      `shop:\n  owner: {name: "\${path.root}", email: o@example.com}\n  environments: {prod: {cluster: orders, databases: [shop]}}\n`,
    );
    write(
      "joe.yaml",
      "name: Joe\nemail: joe@example.com\ngrants:\n  - {project: shop, environment: prod, role: read}\n",
    );
    const stack = stackOf();
    const cluster = clusterIn(stack);
    addUsers(folder, [cluster]);
    const owner = { name: "${path.root}", email: "o@example.com" };
    expect(cluster.toRoster().projects).toEqual({ shop: { owner } });
    expect(JSON.parse(synth(stack).locals["orders-roster"]).projects).toEqual({
      shop: { owner: { ...owner, name: "$${path.root}" } },
    });
    for (const name of ["projects.yaml", "joe.yaml"]) rmSync(join(folder, name));
  });

  it("puts the grants of teams into roster and records, each with its reason and end, as text", () => {
    const grants =
      "[{cluster: orders, databases: [orders], role: write, reason: '${file(1)}', expires: 2027-03-31}]";
    const owner = "{name: '${path.root}', email: o@example.com}";
    write("teams.yaml", `pay:\n  owner: ${owner}\n  members: [jane.doe]\n  grants: ${grants}\n`);
    const stack = stackOf();
    const cluster = clusterIn(stack);
    addUsers(folder, [cluster]);
    const grant = { role: "write", expires: "2027-04-01T00:00:00Z", team: "pay" };
    expect(cluster.toRoster().teams).toEqual({
      pay: { owner: { name: "${path.root}", email: "o@example.com" } },
    });
    const { locals } = synth(stack);
    expect(locals["jane_doe-on-orders"].databases).toEqual({
      orders: { role: "read", also: [{ ...grant, reason: "$${file(1)}" }] },
    });
    expect(JSON.parse(locals["orders-roster"])).toMatchObject({
      accounts: { "sl_jane.doe": { databases: { orders: { also: [{ reason: "$${file(1)}" }] } } } },
      teams: { pay: { owner: { name: "$${path.root}" } } },
    });
    rmSync(join(folder, "teams.yaml"));
  });

  it("throws every problem of the folder", () => {
    jane("raed");
    expect(() => addUsers(folder, [clusterIn(stackOf())])).toThrow(/jane\.doe\.yaml:4.*raed/);
  });

  it.each([
    ["o'brien.yaml", "name: O\nemail: o@example.com\ngrants: []\n", "no session tag can hold"],
    ["other.yaml", "name: O\nemail: JANE.doe@example.com\ngrants: []\n", "is also the address in"],
    ["sl_o.yaml", "name: O\nemail: o@example.com\ngrants: []\n", "it has the prefix twice"],
  ])("annotates the first cluster with warnings: %s", (name, text, warning) => {
    write(name, text);
    const cluster = clusterIn(stackOf());
    addUsers(folder, [cluster]);
    rmSync(join(folder, name));
    const warnings = cluster.node.metadata.map(({ data }) => String(data));
    expect(warnings).toEqual([expect.stringContaining(`${name}:`)]);
    expect(warnings[0]).toContain(warning);
  });

  it("refuses a user that a construct also declares, and names both places", () => {
    const cluster = clusterIn(stackOf());
    cluster.addGrant(person("jane.doe"), reads("orders"));
    expect(() => addUsers(folder, [cluster])).toThrow(
      /by stack\/orders\/jane_doe-on-orders and by the folder /,
    );
  });

  it("refuses a default prefix that differs from the settings", () => {
    write("settings.yaml", "prefix: ab\nemailDomains: [example.com]\n");
    expect(() => addUsers(folder, [clusterIn(stackOf())])).toThrow(
      /settings of .* name `ab`, and the default is `sl`/,
    );
    expect(() => addUsers(folder, [clusterIn(stackOf(), { prefix: "cd" })])).not.toThrow();
  });
});
