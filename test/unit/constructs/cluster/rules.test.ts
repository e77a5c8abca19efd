import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AuroraCluster, addUsers, ParameterStoreSource, UserGrant } from "../../../../constructs";
import { clusterIn, person, stackOf, synth } from "../synth";

const folder = mkdtempSync(join(tmpdir(), "users-"));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
afterAll(() => rmSync(folder, { recursive: true }));

const grant = (cluster: string, database: string) =>
  `  - { cluster: ${cluster}, databases: [${database}], role: write }\n`;
const jane = (...grants: string[]) =>
  write("jane.doe.yaml", `name: Jane Doe\nemail: jane.doe@example.com\ngrants:\n${grants.join("")}`);

beforeEach(() => {
  write(
    "projects.yaml",
    "books:\n  owner: { name: O, email: o@example.com }\n" +
      "  environments: { prod: { cluster: billing, databases: [ledger] } }\n",
  );
  write("rules.yaml", "duties:\n  neverTogether: [payments:write, books:write]\n  why: four eyes\n");
  jane(grant("orders", "payments"));
});

const app = () => {
  const stack = stackOf();
  const [orders, billing] = ["orders", "billing"].map(name => clusterIn(stack, {}, name));
  return { stack, orders: orders!, billing: billing! };
};

describe("rules of a users folder", () => {
  it("refuse two grants of two clusters at synth, with file and line of both", () => {
    jane(grant("orders", "payments"), grant("billing", "ledger"));
    const { billing, orders } = app();
    expect(() => addUsers(folder, [orders, billing])).toThrow(
      /jane\.doe\.yaml:5:\d+ grants\[1\]: jane\.doe holds .*jane\.doe\.yaml:4.*jane\.doe\.yaml:5.*rules\.yaml:2/,
    );
  });

  it("refuse what a UserGrant adds to them, with the construct's path", () => {
    const { billing, orders, stack } = app();
    addUsers(folder, [orders, billing]);
    expect(() => synth(stack)).not.toThrow();
    new UserGrant(stack, "Books", {
      cluster: billing,
      user: person("jane.doe"),
      grants: [{ databases: ["ledger"], role: "write" }],
    });
    expect(() => synth(stack)).toThrow(
      /jane\.doe holds what one person never holds together: .*by the folder .*sl_jane\.doe, by .*Books.*four eyes/,
    );
  });

  it("refuse what UserGrants give on two clusters, each with its construct's path", () => {
    rmSync(join(folder, "jane.doe.yaml"));
    const most = "few: { mostHolders: { role: write, most: 1, per: everywhere } }\n";
    write("rules.yaml", `duties: { neverTogether: ["orders/payments:write", "books:write"] }\n${most}`);
    const { billing, orders, stack } = app();
    addUsers(folder, [orders, billing]);
    const add = (id: string, cluster: AuroraCluster, database: string, user = "jane.doe") =>
      new UserGrant(stack, id, {
        cluster,
        user: person(user),
        grants: [{ databases: [database], role: "write" }],
      });
    add("Pays", orders, "payments");
    add("Books", billing, "ledger");
    const both = /\(sl_jane\.doe, by stack\/Pays\).*\(sl_jane\.doe, by stack\/Books\)\. The rule duties/;
    expect(() => synth(stack)).toThrow(both);
    add("Other", billing, "ledger", "joe");
    expect(() => synth(stack)).toThrow(/2 hold write .*stack\/Books.*stack\/Other\)\. The rule few/);
  });

  it("are in the roster that Terraform shows, and absent without rules.yaml", () => {
    const { billing, orders, stack } = app();
    addUsers(folder, [orders, billing]);
    const rules = JSON.parse(synth(stack).locals["billing-roster"]).rules;
    expect(rules.duties).toMatchObject({
      why: "four eyes",
      neverTogether: [{ databases: ["payments"] }, {}],
    });
    rmSync(join(folder, "rules.yaml"));
    const other = app();
    addUsers(folder, [other.orders, other.billing]);
    expect(other.orders.toRoster()).not.toHaveProperty("rules");
  });

  it("name users of other clusters only where a source could give them access", () => {
    write(
      "rules.yaml",
      [
        "contractors: { readOnly: { emailDomains: [x.example] } }",
        "own: { emailDomains: { role: admin, domains: [example.com] } }\n",
      ].join("\n"),
    );
    const read = "{ cluster: billing, databases: [ledger], role: read }";
    write("con.yaml", `name: Con\nemail: con@x.example\ngrants:\n  - ${read}\n`);
    const { billing, orders, stack } = app();
    addUsers(folder, [orders, billing]);
    rmSync(join(folder, "con.yaml"));
    expect(orders.toRoster().rules).toEqual({
      contractors: { readOnly: { emailDomains: ["x.example"] } },
      own: { emailDomains: { role: "admin", strength: "define", domains: ["example.com"] } },
    });
    new ParameterStoreSource(stack, "Source", {
      name: "shop",
      clusters: [{ cluster: orders, databases: ["payments"] }],
      roles: { read: ["SELECT"] },
      mailDomains: [],
    });
    const { rules } = JSON.parse(synth(stack).locals["orders-roster"]);
    expect(rules).toMatchObject({
      contractors: { readOnly: { people: ["con"] } },
      own: { emailDomains: { people: ["con"] } },
    });
  });

  it("of two folders must not differ under one name", () => {
    const { billing, orders } = app();
    addUsers(folder, [orders, billing]);
    rmSync(join(folder, "jane.doe.yaml"));
    write("rules.yaml", "duties: { readOnly: { users: [x] } }\n");
    expect(() => addUsers(folder, [orders, billing])).toThrow(/two rules named duties/);
  });
});

it("let time alone leave an owner without others: apps and their later changes go through", () => {
  write("rules.yaml", "two: { noSoleOwner: {} }\n");
  const read = "{ cluster: billing, databases: [ledger], role: read";
  write("olga.yaml", `name: O\nemail: o@example.com\ngrants:\n  - ${read} }\n`);
  const joe = (end: string) =>
    write("joe.yaml", `name: Joe\nemail: joe@example.com\ngrants:\n  - ${read}${end} }\n`);
  const whole = () => {
    const { billing, orders, stack } = app();
    addUsers(folder, [orders, billing]);
    return synth(stack);
  };
  joe(", expires: 2020-01-01");
  expect(whole).not.toThrow();
  rmSync(join(folder, "joe.yaml"));
  expect(whole).toThrow(/olga owns books\/prod on "billing"/);
  rmSync(join(folder, "olga.yaml"));
});
