import { createConnection } from "mysql2/promise";
import type { Statement } from "../core/mysql";
import { runStatements, succeeded } from "../lambdas/reconciler/mysql/run-statements";
import { BenchServer } from "./bench-server";
import { against, fasterThan, measured, type Part } from "./figure";
import { takeTurns } from "./measure";
import { sampleRoster } from "./sample-roster";
import { statementsFor } from "./statements-for";

const RUNS = 7;
const COUNT = 1_000;
const NO_DEADLINE = { left: () => 600_000 };

/**
 * Creates accounts in three ways: as the reconciler does (observe, assemble, run), by sending the same
 * statements directly, and by one statement per account and grant, as tools without grouping do.
 */
export const createAccounts: Part = async say => {
  const server = await BenchServer.start({ durable: true });
  try {
    const roster = sampleRoster(COUNT);
    const session = await server.connect({ bulkRead: false });
    const bare = await createConnection(server.administrator);
    const grouped = await statementsFor(session, roster);
    const single = grouped.flatMap(({ each }) => each);

    const ours = async () => {
      const report = await runStatements(session, await statementsFor(session, roster), NO_DEADLINE);
      if (!succeeded(report))
        throw new Error(report.stopped ?? JSON.stringify(report.results.find(result => result.error)));
    };
    const send = (statements: readonly Pick<Statement, "sql">[]) => async () => {
      for (const { sql } of statements) await bare.query(sql);
    };
    const prepare = async () => {
      const count = (await server.accounts()).length;
      if (count !== 0 && count !== COUNT) throw new Error(`the run before left ${count} accounts`);
      await server.dropAccounts();
    };
    say(`${COUNT} accounts, ${grouped.length} statements against ${single.length}, ${RUNS} times`);
    const times = await takeTurns(
      {
        ours: { prepare, run: ours },
        bare: { prepare, run: send(grouped) },
        single: { prepare, run: send(single.map(sql => ({ sql }))) },
      },
      { runs: RUNS, warmUps: 1 },
    );
    session.destroy();
    bare.destroy();
    const what = measured(`creating ${COUNT} accounts with two grants each`, "ms", times.ours);
    return [
      fasterThan(what, `${single.length} statements, one at a time`, times.single, 5),
      against(what, `the same ${grouped.length} statements, bare`, times.bare, 1.3),
    ];
  } finally {
    await server.stop();
  }
};
