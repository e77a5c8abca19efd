import type { OpenSession } from "../../../../core/mysql/shut-out-sessions";
import type { MySqlSession } from "../../../../lambdas/reconciler/mysql/mysql-session";
import { keepingSessions } from "../../../../lambdas/reconciler/mysql/narrowing/end-gently";
import { DatabaseError } from "../../../../lambdas/reconciler/runtime/errors";

/** What a server says of tables that its connections keep open. */
interface Says {
  /** Of `metadata_locks`: the connections that keep `payroll.t`. Undefined: it has none. */
  readonly locks?: readonly number[];
  /** How many locks `metadata_locks` lost. Undefined: it does not say. */
  readonly lost?: string;
  /** The tables in use at each look; the last one goes on. Undefined: it refuses to say. */
  readonly inUse?: readonly (readonly string[])[];
}

const serverThat = ({ inUse, locks, lost }: Says): MySqlSession => {
  let look = 0;
  return {
    id: 99,
    server: "a-1",
    user: "admin",
    queryAll: () => Promise.reject(new Error("not asked")),
    close: async () => {},
    destroy: () => {},
    query: async sql => {
      if (sql.includes("setup_instruments")) return locks ? [{ 1: 1 }] : [];
      if (sql.includes("metadata_locks")) return locks!.map(id => ({ id, db: "payroll", name: "t" }));
      if (sql.includes("Performance_schema_metadata_lock_lost"))
        return lost === undefined ? [] : [{ Variable_name: "x", Value: lost }];
      if (!sql.startsWith("SHOW OPEN TABLES")) throw new Error(sql);
      if (!inUse) throw new DatabaseError(1_142, "ER_ANY", "denied");
      const tables = inUse[Math.min(look++, inUse.length - 1)]!;
      return tables.map(name => ({ Database: "payroll", Table: name, In_use: "1", Name_locked: "0" }));
    },
  };
};

const sessions: OpenSession[] = [1, 2].map(connection => ({ connection, user: "sl_a", client: "x" }));
/** The connections that count as keeping `payroll.t`, which was taken from their account. */
const keeping = async (says: Says) => {
  const takes = ({ database, name }: { database: string; name: string }) =>
    `${database}.${name}` === "payroll.t";
  const narrowed = new Map([
    [
      "sl_a",
      {
        takes,
        survivesIn: ({
          openTables,
        }: {
          readonly openTables?: readonly { database: string; name: string }[] | undefined;
        }) => openTables?.some(takes) ?? true,
      },
    ],
  ]);
  return (await keepingSessions(serverThat(says), sessions, narrowed)).map(({ connection }) => connection);
};

describe("the sessions that keep a table open", () => {
  it("are those that metadata_locks names, if it lost none", async () => {
    expect(await keeping({ locks: [2], lost: "0" })).toEqual([2]);
  });

  it.each([
    ["lost some", "1"],
    ["does not say whether it lost some", undefined],
  ])("may be all if it %s, and the table is always in use", async (_what, lost) => {
    const counted = lost === undefined ? {} : { lost };
    expect(await keeping({ locks: [], ...counted, inUse: [["t"]] })).toEqual([1, 2]);
    expect(await keeping({ locks: [], ...counted, inUse: [["t"], []] })).toEqual([]);
  });

  it("may be all if the server does not say which tables are in use", async () => {
    expect(await keeping({})).toEqual([1, 2]);
  });

  it("are none if each table was free at some moment, or others are in use", async () => {
    expect(await keeping({ inUse: [["t", "u"], ["u"]] })).toEqual([]);
    expect(await keeping({ inUse: [["u"]] })).toEqual([]);
  });
});
