import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { RowDataPacket } from "mysql2";
import { stringify } from "yaml";
import { type Roster, rosterSchema } from "../../../../core/roster/roster";
import { readUsers } from "../../../../reader";
import { runCli } from "../../../unit/cli/run-cli";
import { AUDIT, NOBODY, ReconcilerFixture } from "../reconciler-fixture";

/** Changes that are undone; AURORA_USERS_SUITES=all takes as many as before a release. */
const CHANGES = process.env["AURORA_USERS_SUITES"] === "all" ? 200 : 8;

const SEED = Number(process.env["RANDOM_SEED"] ?? 14);

const terms = fc.record(
  {
    role: fc.constantFrom("read", "write", "read_write"),
    expires: fc.constantFrom("2030-01-31", "2031-06-30T12:00:00Z"),
    reason: fc.constantFrom("INC-1", "it's: #2"),
  },
  { requiredKeys: ["role"] },
);
const objects = fc.record(
  {
    database: fc.constant("shop"),
    tables: fc.subarray(["items", "sales"], { minLength: 1 }),
    procedures: fc.constant(["p"]),
  },
  { requiredKeys: ["database", "tables"] },
);
const rights = fc.constantFrom(["SELECT"], ["SELECT", "INSERT"], ["DELETE"]);
const columns = fc.subarray(["id", "price"], { minLength: 1 });

/** The grants of a user: on databases of `orders`, by project, on tables or columns of `shop`. */
const grants = fc
  .record({
    split: fc.constantFrom<readonly string[][]>(
      [["orders", "stock"]],
      [["orders"], ["stock"]],
      [["stock"]],
      [],
    ),
    byProject: fc.boolean(),
    objects: fc.option(objects),
    columns: fc.option(columns),
    terms: fc.tuple(terms, terms, terms, terms),
    rights,
  })
  .map(one => [
    ...one.split.map((databases, n) => ({ cluster: "orders", databases, ...one.terms[n] })),
    ...(one.byProject ? [{ project: "web", environment: "prod", ...one.terms[2] }] : []),
    ...(one.objects && !one.objects.procedures
      ? [{ cluster: "orders", ...one.objects, ...one.terms[3], role: undefined, privileges: one.rights }]
      : []),
    ...(one.objects?.procedures
      ? [{ cluster: "orders", database: "shop", procedures: one.objects.procedures }]
      : []),
    ...(one.columns && !one.objects
      ? [{ cluster: "orders", database: "shop", columns: { items: one.columns }, privileges: ["SELECT"] }]
      : []),
  ]);
const person = fc.record({
  grants,
  suspended: fc.boolean(),
  isThere: fc.constantFrom(true, true, true, false),
  isMember: fc.boolean(),
  fields: fc.record(
    {
      limits: fc.record({ connections: fc.nat(9), queriesPerHour: fc.nat(99) }, { requiredKeys: [] }),
      tls: fc.constantFrom("x509", "ssl", { subject: "/CN=it's", issuer: "/C=DE" }),
      hosts: fc.constantFrom(["%"], ["10.20.%"], ["10.20.%", "10.30.%"]),
    },
    { requiredKeys: [] },
  ),
});
const team = fc.array(fc.record({ databases: fc.constantFrom(["stock"], ["web"]), terms }), { maxLength: 1 });
const folders = fc.tuple(fc.array(person, { minLength: 4, maxLength: 4 }), team);
type Folder = typeof folders extends fc.Arbitrary<infer T> ? T : never;
type People = Folder[0];

describe("aurora-users undo", () => {
  let fixture: ReconcilerFixture;
  let work: string;
  let users: string;

  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "undo-"));
    users = join(work, "users");
    fixture = await ReconcilerFixture.start();
    for (const sql of [
      ...["orders", "stock", "web", "shop"].map(name => `CREATE DATABASE ${name}`),
      "CREATE TABLE shop.items (id INT, price INT)",
      "CREATE TABLE shop.sales (id INT)",
      "CREATE PROCEDURE shop.p() SELECT 1",
    ])
      await fixture.root.query(sql);
  }, 180_000);
  afterAll(async () => {
    await fixture?.stop();
    rmSync(work, { recursive: true, force: true });
  });

  const write = (people: People, teamGrants: Folder[1] = []) => {
    rmSync(users, { recursive: true, force: true });
    mkdirSync(users);
    const environments = { prod: { cluster: "orders", databases: ["web"] } };
    writeFileSync(
      join(users, "projects.yaml"),
      stringify({ web: { owner: { name: "O", email: "o@example.com" }, environments } }),
    );
    const members = people.flatMap(({ isMember, isThere }, n) => (isThere && isMember ? `person.${n}` : []));
    const sellers = {
      owner: { name: "O", email: "o@example.com" },
      members,
      grants: teamGrants.map(({ databases, terms: more }) => ({ cluster: "orders", databases, ...more })),
    };
    writeFileSync(join(users, "teams.yaml"), stringify({ sellers }));
    for (const [n, { fields, grants, isThere, suspended }] of people.entries())
      if (isThere)
        writeFileSync(
          join(users, `person.${n}.yaml`),
          stringify({
            name: `Person ${n}`,
            email: `p${n}@example.com`,
            suspended: suspended || undefined,
            ...fields,
            grants: JSON.parse(JSON.stringify(grants)),
          }),
        );
  };
  const roster = (): Roster => {
    const { orders } = readUsers(users).assemble().rosters;
    return orders ? rosterSchema.parse(JSON.parse(JSON.stringify(orders))) : NOBODY;
  };
  /** What each account holds, as the server says. */
  const held = async () => {
    const [rows] = await fixture.root.query<RowDataPacket[]>(
      `SELECT User, Host, account_locked, ssl_type, CONVERT(x509_subject USING utf8mb4) AS subject,
        CONVERT(x509_issuer USING utf8mb4) AS issuer, max_questions, max_user_connections
        FROM mysql.user WHERE User LIKE 'sl\\_%' ORDER BY User, Host`,
    );
    const found: unknown[] = [];
    for (const row of rows) {
      const [grants] = await fixture.root.query("SHOW GRANTS FOR ?@?", [row["User"], row["Host"]]);
      found.push([row, grants]);
    }
    return found;
  };
  const undo = (id: string, ...argv: string[]) =>
    runCli(["undo", id, "--folder", users, "--table", AUDIT, "--cluster", "orders", ...argv]);

  test(`takes ${CHANGES} random changes back: the cluster holds what it held before`, async () => {
    await fixture.register("orders");
    const states = fc.sample(folders, { numRuns: CHANGES + 1, seed: SEED });
    write(...states[0]!);
    await fixture.planAndApply("orders", roster());
    let changed = 0;
    const started = Date.now();
    for (const next of states.slice(1)) {
      const before = await held();
      const declared = roster();
      write(...next);
      const wanted = roster();
      const { id } = await fixture.planAndApply("orders", wanted);
      const isChange = JSON.stringify(wanted) !== JSON.stringify(declared);
      if (!isChange) continue;
      changed++;
      const { code, err } = await undo(id, "--write");
      expect([code, err]).toEqual([0, expect.not.stringContaining("nothing was changed")]);
      await fixture.planAndApply("orders", roster());
      expect(await held()).toEqual(before);
      expect(roster().accounts).toEqual(declared.accounts);
      // Who had nothing had no account, and no audit item knows of the file.
      const files = Object.values(declared.accounts).map(({ user }) => `${user}.yaml`);
      expect(readdirSync(users)).toEqual(expect.arrayContaining(files));
    }
    expect(changed).toBeGreaterThan(CHANGES * 0.8);
    if (CHANGES === 200) console.log({ changed, seconds: Math.round((Date.now() - started) / 1000) });
  }, 3_600_000);

  describe("of one change", () => {
    const one = (role: string, more: object = {}): People =>
      [
        {
          grants: [{ cluster: "orders", databases: ["orders"], role, ...more }],
          isThere: true,
          suspended: false,
        },
      ] as unknown as People;

    const changeRole = async () => {
      write(one("read"));
      await fixture.planAndApply("orders", roster());
      write(one("write"));
      return fixture.planAndApply("orders", roster());
    };

    test("prints a patch, and changes nothing without --write", async () => {
      const { id } = await changeRole();
      const { code, err, out } = await undo(id);
      expect([code, err]).toEqual([
        0,
        "person.0: no longer write on orders: orders\nperson.0: again read on orders: orders",
      ]);
      expect(out.split("\n").filter(line => /^[-+] /.test(line))).toEqual([
        "-    role: write",
        "+    role: read",
      ]);
      expect(roster().accounts["sl_person.0"]?.databases["orders"]?.role).toBe("write");
    });

    test("says so and does nothing where the file changed since", async () => {
      const { id } = await changeRole();
      write(one("read_write"));
      expect(await undo(id, "--write")).toMatchObject({
        code: 1,
        out: "",
        err: expect.stringContaining("person.0: write on orders: orders: it is now read_write\n"),
      });
      expect(roster().accounts["sl_person.0"]?.databases["orders"]?.role).toBe("read_write");
      write([{ ...one("read")[0]!, isThere: false }]);
      expect((await undo(id)).err).toContain("person.0 (sl_person.0): no file has this user any more\n");
    });

    test("takes an end and a reason back, which are in no SQL", async () => {
      write(one("read"));
      await fixture.planAndApply("orders", roster());
      write(one("read", { expires: "2031-01-31", reason: "INC-2" }));
      const { id, sql } = await fixture.planAndApply("orders", roster());
      expect(sql).toEqual([]);
      expect((await undo(id, "--write")).code).toBe(0);
      expect(roster().accounts["sl_person.0"]?.databases["orders"]).toEqual({ role: "read" });
    });

    test("leaves drift that the same change set repaired, and says so", async () => {
      const people = [...one("read"), ...one("read")] as People;
      write(people);
      await fixture.planAndApply("orders", roster());
      await fixture.root.query("GRANT DELETE ON orders.* TO 'sl_person.1'@'%'");
      write([...one("write"), ...one("read")] as People);
      const { id } = await fixture.planAndApply("orders", roster());
      expect((await undo(id, "--write")).err).toContain("not undone: sl_person.1: drift,");
      await fixture.planAndApply("orders", roster());
      expect((await fixture.grants("sl_person.1")).join()).not.toContain("DELETE");
    });

    test("is undone itself: the change is there again", async () => {
      const { id } = await changeRole();
      const changed = await held();
      expect((await undo(id, "--write")).code).toBe(0);
      const back = await fixture.planAndApply("orders", roster());
      expect(await held()).not.toEqual(changed);
      expect((await undo(back.id, "--write")).code).toBe(0);
      await fixture.planAndApply("orders", roster());
      expect(await held()).toEqual(changed);
      expect((await undo(back.id)).err).toContain("person.0: read on orders: orders: it is now write");
    });

    test("of a person with another name renames the account back", async () => {
      const person = (n: number) => join(users, `person.${n}.yaml`);
      write(one("read"));
      await fixture.planAndApply("orders", roster());
      const before = await held();
      const text = readFileSync(person(0), "utf8");
      writeFileSync(person(1), `formerly: person.0\n${text}`);
      rmSync(person(0));
      const { id, sql } = await fixture.planAndApply("orders", roster());
      expect(sql.join()).toContain("RENAME USER");
      expect((await undo(id, "--write")).code).toBe(0);
      expect((await fixture.planAndApply("orders", roster())).sql.join()).toContain("RENAME USER");
      expect(await held()).toEqual(before);
    });

    test("of a set that the trail does not know is refused", async () => {
      expect(await undo("cs-20270331T120000Z-1a2b3c4d")).toMatchObject({ code: 2, out: "" });
      expect((await undo("nonsense")).err).toContain('"nonsense" is no change set');
    });
  });
});
