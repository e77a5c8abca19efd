import { observe } from "../lambdas/reconciler/mysql/observe";
import { runStatements } from "../lambdas/reconciler/mysql/run-statements";
import { BenchServer } from "./bench-server";
import { fasterThan, measured, type Part } from "./figure";
import { takeTurns } from "./measure";
import { sampleRoster } from "./sample-roster";
import { ROUND_TRIP_MS, slowLine } from "./slow-line";
import { PREFIX, statementsFor } from "./statements-for";

const RUNS = 11;
const FEW = 10;
const MANY = 1_000;

/** Reads all accounts of a cluster: by one observation, and by one SHOW GRANTS for each account. */
export const readAccounts: Part = async say => {
  const server = await BenchServer.start({ durable: false });
  try {
    const session = await server.connect({ bulkRead: true });
    const create = async (count: number) =>
      runStatements(session, await statementsFor(session, sampleRoster(count)), { left: () => 600_000 });
    const observation = async () => (await observe(session, { prefix: PREFIX })).observed.accounts.length;
    const queriesOf = async (work: () => Promise<unknown>) => {
      const before = await server.queries();
      await work();
      return (await server.queries()) - before - 1;
    };

    say(`${FEW} accounts`);
    await create(FEW);
    const few = await queriesOf(observation);
    say(`${MANY} accounts`);
    await create(MANY);
    const many = await queriesOf(observation);
    if ((await observation()) !== MANY) throw new Error("not all accounts were read");

    session.destroy();
    const line = await slowLine(server.port);
    const near = await timesOf(server, server.port);
    say(`${MANY} accounts, a round trip of ${ROUND_TRIP_MS} ms`);
    const far = await timesOf(server, line.port);
    line.close();
    const baseline = "SHOW GRANTS for each account";
    const queries = measured(`queries to read ${MANY} accounts`, "queries", [many]);
    return [
      fasterThan(
        measured(`reading ${MANY} accounts, same machine`, "ms", near.observation),
        baseline,
        near.showGrants,
        8,
      ),
      fasterThan(
        measured(`reading ${MANY} accounts, ${ROUND_TRIP_MS} ms away`, "ms", far.observation),
        baseline,
        far.showGrants,
        8,
      ),
      {
        ...queries,
        baseline: { name: `to read ${FEW} accounts`, value: few },
        ratio: many / few,
        aim: "the same",
        met: many === few,
      },
    ];
  } finally {
    await server.stop();
  }
};

async function timesOf(server: BenchServer, port: number) {
  const session = await server.connect({ bulkRead: true, port });
  const accounts = await server.accounts();
  const observation = () => observe(session, { prefix: PREFIX });
  const showGrants = async () => {
    for (const account of accounts) await session.query(`SHOW GRANTS FOR '${account}'@'%'`);
  };
  const times = await takeTurns(
    { observation: { run: observation }, showGrants: { run: showGrants } },
    { runs: RUNS, warmUps: 2 },
  );
  session.destroy();
  return times;
}
