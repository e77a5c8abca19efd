import { TerraformVariable } from "cdktf";
import { UserGrant } from "../../../../constructs";
import { clusterIn, person, reads, stackOf, synth } from "../synth";

describe("UserGrant", () => {
  it("puts user and grants into the roster", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const grant = new UserGrant(stack, "Jane", {
      cluster,
      user: person("jane.doe", { name: "Jane Doe", email: "jane.doe@example.com", account: "jane" }),
      grants: [
        { databases: ["orders", "stock"], role: "read", expires: "2027-03-31", reason: "INC-1234" },
        { databases: ["app"], role: "special", privileges: ["SELECT", "EXECUTE"] },
      ],
    });
    const held = { role: "read", expires: "2027-04-01T00:00:00Z", reason: "INC-1234" };
    expect(grant.account).toBe("sl_jane");
    expect(cluster.toRoster()).toEqual({
      roles: { read: ["SELECT"] },
      accounts: {
        sl_jane: {
          kind: "person",
          user: "jane.doe",
          name: "Jane Doe",
          email: "jane.doe@example.com",
          databases: {
            orders: held,
            stock: held,
            app: { role: "special", privileges: ["SELECT", "EXECUTE"] },
          },
        },
      },
    });
    expect(() => synth(stack)).not.toThrow();
  });

  it("puts grants on tables, columns and routines into the roster and the record", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const { node: _, account } = new UserGrant(stack, "Jane", {
      cluster,
      user: person("jane.doe"),
      grants: [
        { databases: ["stock"], role: "read" },
        { database: "orders", tables: ["customers"], role: "read_write", expires: "2027-03-31" },
        { database: "orders", columns: { bills: ["total", "id"] }, privileges: ["UPDATE", "SELECT"] },
        { database: "orders", procedures: ["close"], functions: ["net"], reason: "INC-1" },
      ],
    });
    const execute = { role: "EXECUTE", privileges: ["EXECUTE"], reason: "INC-1" };
    expect(cluster.toRoster()).toMatchObject({
      roles: { read: ["SELECT"], read_write: ["SELECT", "INSERT", "UPDATE", "DELETE"] },
      accounts: {
        [account]: {
          databases: { stock: { role: "read" } },
          objects: {
            "FUNCTION `orders`.`net`": execute,
            "PROCEDURE `orders`.`close`": execute,
            "`orders`.`bills` (`id`, `total`)": { role: "SELECT, UPDATE", privileges: ["UPDATE", "SELECT"] },
            "`orders`.`customers`": { role: "read_write", expires: "2027-04-01T00:00:00Z" },
          },
        },
      },
    });
    const locals = Object.values(synth(stack).locals as Record<string, { objects?: object }>);
    expect(locals.flatMap(({ objects }) => Object.keys(objects ?? {}))).toContain(
      "`orders`.`bills` (`id`, `total`)",
    );
  });

  it("says in roster and record that the user is suspended, and nothing of another", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    cluster.addGrant(person("jane", { suspended: true }), reads("orders"));
    cluster.addGrant(person("bob", { suspended: false }), reads("orders"));
    const { sl_bob, sl_jane } = cluster.toRoster().accounts;
    expect([sl_jane!.suspended, Object.keys(sl_bob!)]).toEqual([true, ["kind", "user", "databases"]]);
    expect(synth(stack).locals["jane-on-orders"]).toMatchObject({ suspended: true });
    const wrong = person("eve", { suspended: "yes" as unknown as boolean });
    expect(() => cluster.addGrant(wrong, reads("orders"))).toThrow("`suspended` must be true or false");
  });

  it("puts limits and the TLS requirement into the roster, and refuses what MySQL would not keep", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const limits = { connections: 5, queriesPerHour: 0 };
    cluster.addGrant(person("jane", { limits, tls: { subject: "/CN=${jane}" } }), reads("orders"));
    cluster.addGrant(person("bob", { limits: { connections: 0 }, tls: "ssl" }), reads("orders"));
    const { sl_bob, sl_jane } = cluster.toRoster().accounts;
    expect([sl_jane!.limits, sl_jane!.tls]).toEqual([{ connections: 5 }, { subject: "/CN=${jane}" }]);
    expect(Object.keys(sl_bob!)).toEqual(["kind", "user", "databases"]);
    expect(synth(stack).locals["jane-on-orders"]).toMatchObject({ tls: { subject: "/CN=$${jane}" } });
    const refused = [
      [{ limits: { connections: 4_294_967_296 } }, "`limits.connections`: must be a whole number from 0"],
      [{ limits: { connection: 5 } }, "`limits`: Unrecognized key"],
      [{ tls: "none" }, "`tls`: "],
      [{ tls: {} }, "`tls`: "],
    ] as const;
    for (const [index, [wrong, message]] of refused.entries())
      expect(() => cluster.addGrant(person(`eve${index}`, wrong as object), reads("orders"))).toThrow(
        message,
      );
  });

  it("puts hosts into roster and record as the server keeps them, and nothing for `%`", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    cluster.addGrant(person("jane", { hosts: ["10.20.%", "10.0.0.0/8"] }), reads("orders"));
    cluster.addGrant(person("bob", { hosts: ["%"] }), reads("orders"));
    const { sl_bob, sl_jane } = cluster.toRoster().accounts;
    expect(sl_jane!.hosts).toEqual(["10.0.0.0/8", "10.20.%"]);
    expect(Object.keys(sl_bob!)).toEqual(["kind", "user", "databases"]);
    expect(synth(stack).locals["jane-on-orders"]).toMatchObject({ hosts: ["10.0.0.0/8", "10.20.%"] });
    const refused = [
      [{ hosts: [] }, "`hosts`: "],
      [{ hosts: ["10.%", "10.%"] }, "`hosts`: "],
      [{ hosts: ["localhost"] }, "`hosts.0`: "],
      [
        { hosts: ["10.%"], kind: "service", login: "password" },
        "`hosts`: a service that logs in by password",
      ],
    ] as const;
    for (const [index, [wrong, message]] of refused.entries())
      expect(() => cluster.addGrant(person(`eve${index}`, wrong as object), reads("orders"))).toThrow(
        message,
      );
  });

  it.each([
    ["o'brien", undefined, "no session tag can hold"],
    ["sl_jane", undefined, "it has the prefix twice"],
    ["jane.doe", "Jane.Doe@example.com", "a login compares upper and lower case"],
    ["jane.doe", "jane.doe@example.com", undefined],
  ] as const)("warns at synth about an account that nobody may reach: %j, %j", (user, email, warning) => {
    const cluster = clusterIn(stackOf());
    const details = { ...person(user), email: email ?? "x@example.com" };
    const { metadata } = cluster.addGrant(details, reads("orders")).node;
    expect(metadata.map(({ data }) => data)).toEqual(
      warning === undefined ? [] : [expect.stringContaining(warning)],
    );
  });

  it("keeps hostile text as text, in the record and in the roster only", () => {
    const stack = stackOf();
    const reason = 'x", "role" = "admin ${path.root} %{if} \\ 😀';
    clusterIn(stack).addGrant(person("jane.doe"), [{ databases: ["orders"], role: "read", reason }]);
    const text = JSON.stringify(synth(stack));
    expect(text.split("path.root")).toHaveLength(3);
    expect(text.split("$${path.root} %%{if}")).toHaveLength(3);
  });

  it("spells out the privileges of a role that another grant defined differently", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    cluster.addGrant(person("a"), reads("orders"));
    cluster.addGrant(person("b"), reads("orders"), { roles: { read: ["SELECT", "SHOW VIEW"] } });
    const { roles, accounts } = cluster.toRoster();
    expect(roles).toEqual({ read: ["SELECT"] });
    expect(accounts["sl_b"]!.databases["orders"]).toEqual({
      role: "read",
      privileges: ["SELECT", "SHOW VIEW"],
    });
  });

  it("refuses a second grant for a user or an account, and names both constructs", () => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    const grant = (id: string, user: string, account?: string) =>
      new UserGrant(stack, id, {
        cluster,
        user: person(user, account ? { account } : {}),
        grants: reads("orders"),
      });
    grant("One", "jane.doe");
    expect(() => grant("Two", "jane.doe", "jane")).toThrow(
      /user jane.doe is declared twice .* by stack\/One and by stack\/Two\. Remove one of them\./,
    );
    expect(() => grant("Three", "janedoe", "jane.doe")).toThrow(
      /account sl_jane.doe is declared twice .* stack\/One .* stack\/Three/,
    );
  });

  test.each<[string, object, object[], RegExp]>([
    [
      "an account of 33 characters",
      { user: "x".repeat(30) },
      reads("a"),
      /has 33 characters; MySQL takes 32/,
    ],
    ["a user without a name", { user: "" }, reads("a"), /an account that may be managed/],
    [
      "an unknown role",
      {},
      [{ databases: ["a"], role: "raed" }],
      /`role`: unknown role "raed"; did you mean "read"\?/,
    ],
    [
      "a day that does not exist",
      {},
      [{ databases: ["a"], role: "read", expires: "2027-02-30" }],
      /a day that does not exist/,
    ],
    ["a database twice", {}, [...reads("a"), ...reads("b", "a")], /each database once, got twice: a/],
    ...["two\nlines", "\rline", "line\n"].map(
      reason =>
        [
          `a reason with a line break: ${JSON.stringify(reason)}`,
          {},
          [{ databases: ["a"], role: "read", reason }],
          /a `reason` is one line/,
        ] as [string, object, object[], RegExp],
    ),
    ["no database", {}, [], /at least one database/],
    [
      "nothing in a database",
      {},
      [{ database: "a", role: "read" }],
      /at least one table, column, procedure or function/,
    ],
    [
      "a pattern of tables",
      {},
      [{ database: "a", tables: ["t%"], role: "read" }],
      /`tables`: "t%" looks like a pattern/,
    ],
    [
      "a table twice",
      {},
      [{ database: "a", tables: ["t", "t"], role: "read" }],
      /each object once, got twice: `a`.`t`/,
    ],
    [
      "a column in two grants",
      {},
      ["a", "A"].map(name => ({ database: "a", columns: { t: ["b", name] }, role: "read" })),
      /`objects`: grants a column twice/,
    ],
    [
      "no privileges",
      {},
      [{ database: "a", tables: ["t"] }],
      /`role`: the grant gives nothing; name a role or privileges/,
    ],
    [
      "a database of the server's",
      {},
      [{ database: "mysql", tables: ["user"], role: "read" }],
      /`database`: "mysql" reaches/,
    ],
    [
      "text that cdktf would read as a token",
      {},
      [{ databases: ["a"], role: "read", reason: "TfToken[1]" }],
      /`reason`: holds `TfToken\[`, which refers to a value of Terraform/,
    ],
  ])("refuses %s", (_, user, grants, message) => {
    const stack = stackOf();
    const cluster = clusterIn(stack);
    expect(() => cluster.addGrant({ ...person("jane.doe"), ...user }, grants as never)).toThrow(message);
  });

  it("refuses a role on a table that cannot all be there", () => {
    const stack = stackOf();
    clusterIn(stack).addGrant(person("jane.doe"), [{ database: "a", tables: ["t"], role: "admin" }]);
    expect(() => synth(stack)).toThrow(
      /database a, t: asks for .*EVENT, which MySQL does not grant on a table; on a table there are: SELECT/,
    );
  });

  it("refuses a sensitive value, because it would hide the whole plan", () => {
    const stack = stackOf();
    const secret = new TerraformVariable(stack, "Secret", { type: "string", sensitive: true });
    const grants = [{ databases: ["orders"], role: "read", reason: secret.stringValue }];
    expect(() => clusterIn(stack).addGrant(person("jane.doe"), grants)).toThrow(
      /`reason`: holds `TfToken\[`, which refers to a value of Terraform/,
    );
  });
});
