import { usersOf } from "../../reader/users-of";

const PROJECTS = `shop:
  owner: {name: O, email: o@example.com}
  environments: {prod: {cluster: orders, databases: [shop]}}
`;
const user = (said: string, ...grants: string[]) =>
  `name: N\nkind: service\n${said}grants:\n${grants.map(grant => `  - {${grant}}\n`).join("")}`;
const READ = "cluster: orders, databases: [a], role: read";
const WRITE = "cluster: payments, databases: [b], role: write";
const SHOP = "project: shop, environment: prod, role: read";
const SETTINGS = `defaults:
  person: {tls: x509}
  service: {limits: {connections: 10, queriesPerHour: 100}}
  roles:
    read: {limits: {connections: 20, updatesPerHour: 0}}
    write: {limits: {connections: 3}, tls: x509}
  projects:
    shop: {limits: {connections: 5, updatesPerHour: 7}}
`;

const options = (file: string, settings = SETTINGS) => {
  const { problems, rosters } = usersOf({
    "settings.yaml": settings,
    "projects.yaml": PROJECTS,
    "a.yaml": file,
  });
  expect(problems).toEqual([]);
  return Object.fromEntries(
    Object.entries(rosters).map(([cluster, { accounts }]) => {
      const { limits, tls } = accounts["sl_a"]!;
      return [cluster, { ...(limits && { limits }), ...(tls && { tls }) }];
    }),
  );
};

describe("limits and TLS requirements", () => {
  it("are those of the user's file", () => {
    const file = user("limits: {connections: 5, queriesPerHour: 0}\ntls: {issuer: /CN=ca}\n", READ);
    expect(options(file, "{}")).toEqual({
      orders: { limits: { connections: 5 }, tls: { issuer: "/CN=ca" } },
    });
    expect(options(user("limits: {}\ntls: ssl\n", READ), "{}")).toEqual({ orders: {} });
  });

  it("are else the strictest defaults for the kind, and for each role and project on that cluster", () => {
    expect(options(user("", READ, WRITE))).toEqual({
      orders: { limits: { connections: 10, queriesPerHour: 100 } },
      payments: { limits: { connections: 3, queriesPerHour: 100 }, tls: "x509" },
    });
    expect(options(user("", READ, SHOP))).toEqual({
      orders: { limits: { connections: 5, queriesPerHour: 100, updatesPerHour: 7 } },
    });
  });

  it("of the user's file count one by one, also if they are weaker", () => {
    expect(options(user("limits: {connections: 0, queriesPerHour: 500}\ntls: ssl\n", WRITE))).toEqual({
      payments: { limits: { queriesPerHour: 500 } },
    });
  });

  it("are absent where nobody says anything", () => {
    expect(options(user("", READ, WRITE), "{}")).toEqual({ orders: {}, payments: {} });
  });
});
