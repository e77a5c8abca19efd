import { row } from "../../../support/assemble";
import { observedAccount } from "../../../support/observed";
import { code, definer, executes, reached, view, waysOf } from "./reached";

const reads = { databases: [row("jobs", "SELECT")] };

describe("with what rights code and views run", () => {
  it("counts a nameless account's grant for a definer whose own host it takes, though the account has another", () => {
    const accounts = [
      observedAccount("owner"),
      observedAccount("", { host: "127.%", databases: [row("orders", "SELECT")] }),
      observedAccount("sl_jane", reads),
    ];
    const found = (host: string) =>
      reached(accounts, { views: [view("v", { definer: `owner@${host}` })] })["sl_jane"]?.ways ?? [];
    expect(found("127.%")).toEqual(["SELECT on view `jobs`.`v`, which runs as owner@127.%"]);
    expect(found("%")).toEqual([]);
  });

  it("lets code of a definer count who could give themselves access", () => {
    const dba = observedAccount("owner", { globalPrivileges: ["CREATE USER"] });
    const routines = [{ ...code("reset", "PREPARE s FROM @text"), type: "PROCEDURE" as const }];
    const found = reached([dba, observedAccount("sl_jane", executes)], { routines });
    expect(found["sl_jane"]!.ways).toEqual(["may: procedure `jobs`.`reset`, which runs as owner@%"]);
  });

  it("follows code from definer to definer, also in a circle", () => {
    const procedure = (name: string, body: string, user: string) => ({
      ...code(name, body),
      definer: `${user}@%`,
      type: "PROCEDURE" as const,
    });
    const routines = [
      procedure("first", "CALL second()", "a"),
      procedure("second", "CALL third(); CALL first()", "b"),
      procedure("third", "SELECT * FROM customers", "owner"),
    ];
    const accounts = [
      definer,
      observedAccount("a", executes),
      observedAccount("b", executes),
      observedAccount("sl_jane", executes),
    ];
    const found = reached(accounts, { routines });
    expect(found["sl_jane"]!.ways.map(way => way.replace(/,.*/, ""))).toEqual([
      "may: procedure `jobs`.`first`",
      "may: procedure `jobs`.`second`",
      "may: procedure `jobs`.`third`",
    ]);
    const alone = reached([observedAccount("owner"), ...accounts.slice(1)], { routines });
    expect(alone["sl_jane"]).toBeUndefined();
  });

  it.each([
    [{}, ["SELECT, DELETE on `orders`.*"]],
    [{ reads: [] }, ["may: SELECT, DELETE on `orders`.*"]],
    [{ isUpdatable: false }, ["SELECT, DELETE on `orders`.*"]],
    [{ definer: "gone@%" }, []],
    [{ reads: [{ database: "secret", name: "t" }] }, []],
    [{ isInvoker: true }, ["SELECT, DELETE on `orders`.*"]],
    [{ isInvoker: true, reads: [{ database: "secret", name: "t" }] }, []],
    [{ calls: [{ database: "jobs", name: "f" }] }, ["may: SELECT, DELETE on `orders`.*"]],
  ])("asks, of a view, whether the rights suffice that it reads with: %j", (more, ways) => {
    const target = { database: "orders", table: "v" };
    const jane = observedAccount("sl_jane", { databases: [row("orders", "SELECT", "DELETE")] });
    const views = [view("v", { database: "orders", ...more })];
    const found = reached([definer, jane], { views }, {}, target);
    expect(found["sl_jane"]?.ways ?? []).toEqual(ways);
    if ("isUpdatable" in more) expect(found["sl_jane"]!.writes).toBeUndefined();
  });

  it("lists the surest ways of who has thousands, and counts the others", () => {
    const views = Array.from({ length: 3_000 }, (_, at) => view(`v${at}`, { isInvoker: at < 2_000 }));
    const tables = views.map(({ name }) => ({
      database: "jobs",
      table: name,
      privileges: ["SELECT"],
      grantOption: false,
      columns: [],
    }));
    const one = reached([definer, observedAccount("sl_jane", { tables })], { views })["sl_jane"]!;
    expect(one).toMatchObject({ reads: "can", more: 900 });
    expect(one.ways).toHaveLength(100);
  });

  it("names who may act as another account only if that one has a way", () => {
    const proxies = (user: string) => ({ proxies: [{ user, host: "%", grantOption: false }] });
    expect(waysOf(proxies("owner"))).toHaveLength(1);
    expect(waysOf(proxies(""))).toEqual(["could: PROXY: it acts as any account"]);
    expect(waysOf(proxies("sl_bob"))).toEqual([]);
  });

  it("compares names as the server does", () => {
    const caps = { databases: [row("ORDERS", "SELECT")] };
    const on = (lowerCaseTableNames: number) =>
      reached([observedAccount("sl_jane", caps)], {}, { lowerCaseTableNames })["sl_jane"]?.ways ?? [];
    expect(on(0)).toEqual([]);
    expect(on(1)).toEqual(["SELECT on `ORDERS`.*"]);
    const inView = (lowerCaseTableNames: number) =>
      reached(
        [definer, observedAccount("sl_jane", reads)],
        { views: [view("v", { reads: [{ database: "Orders", name: "CUSTOMERS" }] })] },
        { lowerCaseTableNames },
      )["sl_jane"]?.ways ?? [];
    expect(inView(0)).toEqual([]);
    expect(inView(1)).toEqual(["SELECT on view `jobs`.`v`, which runs as owner@%"]);
  });
});
