import { effectsOf, enforceableRoster } from "../../../../core/mysql";
import type { ObservedAccount } from "../../../../core/mysql/observed-state";
import type { RosterAccount } from "../../../../core/roster/roster";
import { assemble, row, sql } from "../../../support/assemble";
import { NO_LIMITS, observedAccount, observedState, rosterOf, withOptions } from "../../../support/observed";

type Options = Pick<RosterAccount, "limits" | "tls" | "suspended">;
const plain = rosterOf({ sl_jane: { orders: "read" } });
const roster = (options: Options) => withOptions(plain, "sl_jane", options);
const jane = (overrides: Partial<ObservedAccount> = {}) =>
  observedAccount("sl_jane", { databases: [row("orders", "SELECT")], ...overrides });
/** The statements that turn Jane's account into one with the options. */
const change = (options: Options, overrides: Partial<ObservedAccount> = {}) =>
  sql({ roster: roster(options), observed: observedState([jane(overrides)]) });
const ALTER = "ALTER USER 'sl_jane'@'%'";
const LOGIN = "IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS'";
const ZEROS =
  "MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0";
const subject = "/C=DE/CN=o'b\\n";
const SUBJECT = "SUBJECT '/C=DE/CN=o\\'b\\\\n'";
const certificate = { subject: "", issuer: "", cipher: "" };

describe("limits", () => {
  it("are part of CREATE USER, before the lock", () => {
    const all = { connections: 5, queriesPerHour: 6, updatesPerHour: 7, connectionsPerHour: 8 };
    const created = (options: Options) => sql({ roster: roster(options), observed: observedState([]) })[0];
    const begin = `CREATE USER 'sl_jane'@'%' ${LOGIN} REQUIRE SSL`;
    expect(created({ limits: all, suspended: true })).toBe(
      `${begin} WITH MAX_QUERIES_PER_HOUR 6 MAX_UPDATES_PER_HOUR 7 MAX_CONNECTIONS_PER_HOUR 8 MAX_USER_CONNECTIONS 5 ACCOUNT LOCK`,
    );
    expect(created({ limits: { connections: 5, queriesPerHour: 0 } })).toBe(
      `${begin} WITH MAX_USER_CONNECTIONS 5`,
    );
    expect(created({ limits: {} })).toBe(begin);
  });

  it("change by the smallest statement, which sets no login", () => {
    const limits = { ...NO_LIMITS, connections: 5 };
    expect(change({ limits: { connections: 5 } }, { limits })).toEqual([]);
    expect(change({ limits: { connections: 5 } })).toEqual([`${ALTER} WITH MAX_USER_CONNECTIONS 5`]);
    expect(change({ limits: { connections: 9, updatesPerHour: 3 } }, { limits })).toEqual([
      `${ALTER} WITH MAX_UPDATES_PER_HOUR 3`,
      `${ALTER} WITH MAX_USER_CONNECTIONS 9`,
    ]);
    const other = { ...NO_LIMITS, queriesPerHour: 1 };
    expect(change({ limits: { connections: 5 } }, { limits: other })).toEqual([
      `${ALTER} WITH MAX_USER_CONNECTIONS 5`,
      `${ALTER} WITH MAX_QUERIES_PER_HOUR 0`,
    ]);
  });

  it("that nobody declares are removed as before", () => {
    const limits = { ...NO_LIMITS, connections: 5 };
    expect(change({}, { limits })).toEqual([`${ALTER} ${LOGIN} REQUIRE SSL WITH ${ZEROS}`]);
  });

  it("take or give, and end no session", () => {
    const plan = (connections: number, found: number) =>
      assemble({
        roster: roster({ limits: { connections, queriesPerHour: 1 } }),
        observed: observedState([jane({ limits: { ...NO_LIMITS, queriesPerHour: 1, connections: found } })]),
      });
    expect([plan(5, 0), plan(5, 9), plan(9, 5), plan(0, 5)].map(p => p.statements[0]!.removes)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(plan(5, 0).endSessions).toEqual([]);
  });

  it("come after what is taken, and what is wider after what is given", () => {
    const databases = [row("orders", "DELETE")];
    const limits = { ...NO_LIMITS, queriesPerHour: 1 };
    const found = change({ limits: { connections: 5 } }, { databases, limits });
    expect(found.map(text => text.replace(`${ALTER} WITH `, "").split(" ").slice(0, 2).join(" "))).toEqual([
      "REVOKE DELETE",
      "MAX_USER_CONNECTIONS 5",
      "GRANT SELECT",
      "MAX_QUERIES_PER_HOUR 0",
    ]);
  });
});

describe("TLS requirements", () => {
  it.each([
    [{ tls: "ssl" }, "SSL"],
    [{ tls: "x509" }, "X509"],
    [{ tls: { subject } }, SUBJECT],
    [{ tls: { issuer: "/CN=ca" } }, "ISSUER '/CN=ca'"],
    [{ tls: { issuer: "/CN=ca", subject } }, `${SUBJECT} AND ISSUER '/CN=ca'`],
  ] as const)("%j", (options, required) => {
    expect(sql({ roster: roster(options), observed: observedState([]) })[0]).toBe(
      `CREATE USER 'sl_jane'@'%' ${LOGIN} REQUIRE ${required}`,
    );
    const expected = required === "SSL" ? [] : [`${ALTER} REQUIRE ${required}`];
    expect(change(options)).toEqual(expected);
    const by = typeof options.tls === "string" ? certificate : { ...certificate, ...options.tls };
    const tls = { SSL: "ANY", X509: "X509" }[required as string] ?? "SPECIFIED";
    expect(change(options, { tls, certificate: by })).toEqual([]);
  });

  it("that are stricter come first and end sessions; weaker ones come last and end none", () => {
    const plan = (options: Options, overrides: Partial<ObservedAccount>) => {
      const observed = observedState([jane({ ...overrides, databases: [] })]);
      const { endSessions, statements } = assemble({ roster: roster(options), observed });
      return [statements[0]!.sql.startsWith("ALTER"), endSessions.length];
    };
    const issuer = "/CN=ca";
    const specified = { tls: "SPECIFIED", certificate: { ...certificate, subject, issuer } };
    expect(plan({ tls: "x509" }, {})).toEqual([true, 1]);
    expect(plan({ tls: { issuer } }, { tls: "X509" })).toEqual([true, 1]);
    expect(plan({ tls: { subject: "/CN=other" } }, specified)).toEqual([true, 1]);
    expect(plan({ tls: "x509" }, { tls: "" })).toEqual([true, 1]);
    expect(plan({ tls: "x509" }, specified)).toEqual([false, 0]);
    expect(plan({ tls: { issuer } }, specified)).toEqual([false, 0]);
    expect(plan({ limits: { connections: 1 } }, specified)[1]).toBe(0);
  });

  it("are set with the login where that is another", () => {
    expect(change({ tls: "x509", limits: { connections: 5 } }, { plugin: "caching_sha2_password" })).toEqual([
      `${ALTER} ${LOGIN} REQUIRE X509 WITH ${ZEROS.replace("MAX_USER_CONNECTIONS 0", "MAX_USER_CONNECTIONS 5")}`,
    ]);
  });

  it("replace a cipher that somebody required", () => {
    const found = { tls: "SPECIFIED", certificate: { ...certificate, subject, cipher: "AES" } };
    expect(change({ tls: { subject } }, found)).toEqual([`${ALTER} REQUIRE ${SUBJECT}`]);
  });
});

describe("the effects of statements about logins", () => {
  const [account, limit] = ["'sl_a'@'%'", "limit|'sl_a'@'%'|MAX_USER_CONNECTIONS"];
  it.each([
    [`CREATE USER ${account} ${LOGIN} REQUIRE X509`, [`create|${account}`, `tls|${account}|X509`]],
    [
      `CREATE USER ${account} ${LOGIN} REQUIRE SSL WITH MAX_USER_CONNECTIONS 5 ACCOUNT LOCK`,
      [`create|${account}`, `${limit} 5`],
    ],
    [`ALTER USER ${account} ${LOGIN} REQUIRE SSL WITH ${ZEROS}`, [`login|${account}`]],
    [`ALTER USER ${account} REQUIRE SSL`, [`tls|${account}|SSL`]],
    [`ALTER USER ${account} REQUIRE ${SUBJECT} AND ISSUER '/'`, [`tls|${account}|${SUBJECT} AND ISSUER '/'`]],
    [`ALTER USER ${account} WITH MAX_USER_CONNECTIONS 0`, [`${limit} 0`]],
  ])("%s", (statement, effects) => {
    expect(effectsOf(statement)).toEqual(effects);
  });

  it.each([
    `ALTER USER ${account} REQUIRE NONE`,
    `ALTER USER ${account} REQUIRE SUBJECT '/CN=a' AND CIPHER 'x'`,
    `ALTER USER ${account} REQUIRE SUBJECT '/CN=a', 'sl_b'@'%'`,
    `ALTER USER ${account} WITH MAX_USER_CONNECTIONS 5 ACCOUNT UNLOCK`,
    `ALTER USER ${account} WITH MAX_USER_CONNECTIONS -1`,
    `ALTER USER ${account} WITH`,
    `CREATE USER ${account} ${LOGIN} REQUIRE SSL WITH`,
  ])("understands nothing that we never write: %s", statement => {
    expect(effectsOf(statement)).toBeUndefined();
  });
});

it("while an apply is half done, limits and TLS stay as they are found", () => {
  const target = roster({ tls: "x509", limits: { connections: 5 } });
  const plan = (applied: typeof target, overrides: Partial<ObservedAccount>, mayGive = true) => {
    const observed = observedState([jane(overrides)]);
    const now = new Date("2026-11-20T00:00:00Z");
    return sql({ roster: enforceableRoster({ target, applied, observed, now, mayGive }).roster, observed });
  };
  const found = { tls: "SPECIFIED", limits: { ...NO_LIMITS, connections: 7 } };
  expect([plan(plain, found), plan(plain, {})]).toEqual([[], []]);
  expect(plan({ ...target }, {})).toHaveLength(2);
  expect(plan(target, {}, false)).toEqual([]);
  expect(plan(plain, { tls: "" })).toHaveLength(1);
});
