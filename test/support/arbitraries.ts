import fc from "fast-check";
import { PRIVILEGES_AT } from "../../core/catalogue/mysql-privileges";
import { DATABASE_PRIVILEGES, type ObservedAccount, type ObservedState } from "../../core/mysql";
import { DEFAULT_CEILING_PRIVILEGES } from "../../core/roster/ceiling";
import {
  databasePattern,
  type GrantedObject,
  globalPrivilege,
  isOfServer,
  levelOf,
  nativeRole,
  objectKey,
} from "../../core/roster/granted-object";
import type { DatabaseGrant, GrantsOfPlace, Roster, RosterAccount } from "../../core/roster/roster";
import { definedObject } from "./observed";

/** Databases with names that differ only where one has an `_`, and one with quotes. */
export const DATABASES = ["app_prod", "appXprod", "orders", "o`r'd", "a_b"] as const;
/** The same with capitals, as a roster spells them for a server that compares names without case. */
export const CAPITALS = ["App_Prod", "appXprod", "ORDERS", "O`r'd", "STRAẞE_Σ"] as const;
export const USERS = [
  "sl_jane.doe",
  "sl_john-doe",
  "sl_o'brien",
  "sl_a@b.example",
  'sl_Ä`"x',
  "sl_bob",
] as const;

const subset = <T>(values: readonly T[], minLength: number, maxLength = values.length) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength, maxLength });

/** What rosters have only where a test asks for it. */
interface Drawn {
  /** Patterns of databases, of which an account gets one at most. */
  readonly patterns?: readonly string[];
  /** Whether some accounts are services that log in by password. */
  readonly passwords?: boolean;
}

/** Rosters on some of the databases. */
export const rosterOn = (databases: readonly string[], drawn: Drawn = {}): fc.Arbitrary<Roster> =>
  fc.record({
    roles: fc.record({
      read: fc.constant(["SELECT"] as const),
      custom: subset(DEFAULT_CEILING_PRIVILEGES, 1),
    }),
    accounts: subset(USERS, 0, 4).chain(users =>
      fc.record(Object.fromEntries(users.map(user => [user, drawnAccount(user, databases, drawn)]))),
    ),
  });

/** Nobody meets these limits in a test. */
const limitsArbitrary = fc.record({
  queriesPerHour: fc.constantFrom(0, 100_000),
  updatesPerHour: fc.constantFrom(0, 100_000, 4_294_967_295),
  connectionsPerHour: fc.constantFrom(0, 100_000),
  connections: fc.constantFrom(0, 5, 4_294_967_295),
});

/** Whether the pattern of LIKE matches the database. */
export const matchesPattern = (pattern: string, database: string): boolean =>
  new RegExp(
    `^${pattern.replace(/\\?[\s\S]/g, one =>
      one === "%"
        ? "[\\s\\S]*"
        : one === "_"
          ? "[\\s\\S]"
          : one.slice(-1).replace(/[\\^$.*+?()[\]{}|]/, "\\$&"),
    )}$`,
    "u",
  ).test(database);

/** An account; with a pattern, it has no database by name that the pattern matches. */
const drawnAccount = (
  user: string,
  databases: readonly string[],
  { passwords = false, patterns = [] }: Drawn,
): fc.Arbitrary<RosterAccount> =>
  fc
    .record({
      account: rosterAccount(user, databases),
      pattern: patterns.length > 0 ? fc.constantFrom(undefined, ...patterns) : fc.constant(undefined),
      grant: rosterGrant,
      byPassword: passwords ? fc.constantFrom(false, false, true) : fc.constant(false),
    })
    .map(({ account, byPassword, grant, pattern }) => ({
      ...account,
      ...(byPassword && { kind: "service" as const, login: "password" as const, hosts: undefined }),
      ...(pattern !== undefined && {
        databases: Object.fromEntries(
          Object.entries(account.databases).filter(([name]) => !matchesPattern(pattern, name)),
        ),
        objects: { ...account.objects, [objectKey(databasePattern(pattern))]: grant },
      }),
    }));
/** Hosts of accounts, that tests log in from or not, and that overlap. */
const HOSTS: readonly (readonly string[])[] = [
  ["127.%"],
  ["10.%"],
  ["%", "127.%"],
  ["10.%", "127.%"],
  ["10.0.0.0/255.0.0.0", "127.0.0.0/255.0.0.0", "127.0.0.1"],
];

const rosterAccount = (user: string, databases: readonly string[]) =>
  fc.record(
    {
      kind: fc.constant("person" as const),
      user: fc.constant(user.slice(3)),
      databases: subset(databases, 0, 3).chain(granted =>
        fc.record(Object.fromEntries(granted.map(database => [database, addedUp(rosterGrant)]))),
      ),
      objects: subset([...databases.flatMap(objectsOf), ...OF_SERVER], 0, 4).chain(granted =>
        fc.record(
          Object.fromEntries(granted.map(object => [objectKey(object), addedUp(objectGrant(object))])),
        ),
      ),
      suspended: fc.constant(true as const),
      hosts: fc.oneof(fc.constant(undefined), fc.constantFrom(...HOSTS)),
      limits: limitsArbitrary,
      tls: fc.constantFrom("ssl" as const, "x509" as const, { subject: "/CN=a' AND ISSUER '/CN=b" }),
    },
    { requiredKeys: ["kind", "user", "databases"] },
  );

/** A native role that rosters name. It has no privileges. */
export const OWN_ROLE = "app_own";
const OF_SERVER: readonly GrantedObject[] = [
  globalPrivilege("PROCESS"),
  globalPrivilege("XA_RECOVER_ADMIN"),
  nativeRole(OWN_ROLE),
];

/** What grants within a database are on. The server stores names of routines garbled that are not ASCII. */
const objectsOf = (database: string): GrantedObject[] => [
  { kind: "TABLE", database, name: "t" },
  { kind: "TABLE", database, name: "t", columns: ["a"] },
  { kind: "TABLE", database, name: "t", columns: ["b"] },
  ...(/^[ -~]+$/.test(database) ? [{ kind: "PROCEDURE", database, name: "p" } as const] : []),
];

/** A grant of the account's own or of a team, and sometimes those of further teams on the same place. */
const addedUp = (grant: fc.Arbitrary<DatabaseGrant>): fc.Arbitrary<GrantsOfPlace> =>
  fc
    .tuple(
      grant,
      fc.constantFrom(undefined, undefined, "pay"),
      fc.uniqueArray(fc.tuple(grant, fc.constantFrom("books", "work")), {
        selector: ([, team]) => team,
        maxLength: 2,
      }),
    )
    .map(([first, team, also]) => ({
      ...first,
      ...(team !== undefined && { team }),
      ...(also.length > 0 && { also: also.map(([one, name]) => ({ ...one, team: name })) }),
    }));

const expires = fc.constantFrom("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");

const objectGrant = (object: GrantedObject): fc.Arbitrary<DatabaseGrant> =>
  isOfServer(object)
    ? fc.record({ role: fc.constant(objectKey(object)), expires }, { requiredKeys: ["role"] })
    : innerGrant(object);

const innerGrant = (object: GrantedObject): fc.Arbitrary<DatabaseGrant> =>
  fc
    .record(
      {
        role: fc.constant("own"),
        expires,
        // The server keeps it in memory for an account whose name is not ASCII, also after DROP USER.
        privileges: subset(
          PRIVILEGES_AT[levelOf(object)!].filter(one => DEFAULT_CEILING_PRIVILEGES.includes(one)),
          1,
          3,
        ),
        grantOption: fc.constant(true as const),
      },
      // The server keeps it in memory for an account whose name is not ASCII, also after DROP USER.
      { requiredKeys: ["role", "privileges"] },
    )
    .map(({ grantOption, ...grant }) =>
      object.kind === "PROCEDURE" || !grantOption ? grant : { ...grant, grantOption },
    );

const rosterGrant: fc.Arbitrary<DatabaseGrant> = fc.record(
  {
    role: fc.constantFrom("read", "custom"),
    expires,
    grantOption: fc.constant(true as const),
    privileges: subset(DEFAULT_CEILING_PRIVILEGES, 1, 4),
  },
  { requiredKeys: ["role"] },
);

export const rosterArbitrary = rosterOn(DATABASES);

const role = { user: "app_role", host: "%" };

const accountArbitrary = (user: string, host: string): fc.Arbitrary<ObservedAccount> =>
  fc.record({
    user: fc.constant(user),
    host: fc.constant(host),
    plugin: fc.constantFrom("AWSAuthenticationPlugin", "caching_sha2_password"),
    authenticationString: fc.constant("RDS"),
    locked: fc.boolean(),
    tls: fc.constantFrom("ANY", "", "X509", "SPECIFIED"),
    passwordExpired: fc.constant(false),
    certificate: fc.constant({ subject: "/CN=a", issuer: "", cipher: "" }),
    limits: limitsArbitrary,
    secondPassword: fc.constant(false),
    blocksFailedLogins: fc.boolean(),
    moreFactors: fc.nat(2),
    strangeAttributes: fc.constant([]),
    restrictions: fc.constant([]),
    globalPrivileges: subset(["SELECT", "PROCESS", "INSERT"], 0),
    globalGrantOption: fc.boolean(),
    dynamicPrivileges: subset(["CONNECTION_ADMIN", "XA_RECOVER_ADMIN"], 0).map(names =>
      names.map(name => ({ name, grantOption: false })),
    ),
    databases: subset([...DATABASES, "app%", "app\\_prod", "a\\_b"], 0).chain(names =>
      fc.tuple(
        ...names.map(name =>
          fc.record({
            name: fc.constant(name),
            privileges: subset<string>(DATABASE_PRIVILEGES, 1),
            grantOption: fc.boolean(),
          }),
        ),
      ),
    ),
    tables: fc.constantFrom(
      [],
      [
        {
          database: "orders",
          table: "t",
          privileges: ["SELECT"],
          grantOption: true,
          columns: [{ privilege: "INSERT", columns: ["a`b", "c"] }],
        },
      ],
    ),
    routines: fc.constantFrom(
      [],
      [
        {
          database: "orders",
          routine: "p",
          type: "PROCEDURE" as const,
          privileges: ["EXECUTE"],
          grantOption: false,
        },
      ],
    ),
    roles: fc.constantFrom([], [{ ...role, adminOption: false }]),
    defaultRoles: fc.constant([]),
    members: fc.constant([]),
    proxies: fc.constantFrom([], [{ user: "sl_bob", host: "%", grantOption: false }]),
    definerOf: fc.constantFrom([], ["VIEW orders.v", "EVENT orders.e"].map(definedObject)),
  });

export const observedStateArbitrary: fc.Arbitrary<ObservedState> = subset([...USERS, "sl_mallory"], 0, 4)
  .chain(users =>
    fc.tuple(...users.map(user => fc.constantFrom("%", "10.%").chain(host => accountArbitrary(user, host)))),
  )
  .chain(accounts =>
    fc.record({
      version: fc.constant("8.0.39"),
      partialRevokes: fc.boolean(),
      lowerCaseTableNames: fc.constant(0),
      anonymousHosts: fc.constant([]),
      inactiveRoles: fc.constant([]),
      self: fc.constant({ user: "admin", host: "%" }),
      accounts: fc.constant(accounts as ObservedAccount[]),
      lacks: fc.constant([]),
      outside: fc.constant({ grants: [], roles: [], proxies: [] }),
      setsDefiners: fc.constant(true),
      iamLogins: fc.constant(true),
      mandatoryRoles: fc.constant([]),
      revocableRoles: fc.constant("all" as const),
      orphanedDefiners: fc.constant([]),
    }),
  );
