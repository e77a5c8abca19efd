import type { Services } from "../../../lambdas/reconciler/services/services";
import { applyRequest } from "../reconciler/reconciler-fixture";
import { isWhole, killPoints, ROSTER, statementCount } from "./change-set";
import { changesAccounts } from "./changes-accounts";
import { KillScenario } from "./kill-scenario";

const partialRevokes = false;

/**
 * With `partial_revokes` OFF; the function is killed with it ON (function.test.ts), so that both are gone
 * through.
 */
describe("killing the server", () => {
  const total = statementCount(partialRevokes);
  let scenario: KillScenario;

  beforeAll(async () => {
    scenario = await KillScenario.start(partialRevokes);
  }, 180_000);
  afterAll(() => scenario?.stop());

  /**
   * Kills the server when it has answered `after` statements, and with the next one on its way where `next`.
   */
  function doomed(after: number, next: boolean): Services {
    const services = scenario.fixture.freshServices();
    let answered = 0;
    const connect: Services["connect"] = async (entry, options) => {
      const session = await services.connect(entry, options);
      const query = session.query.bind(session);
      return Object.assign(session, {
        query: async (sql: string) => {
          if (!changesAccounts(sql)) return query(sql);
          if (!next && answered === after) await scenario.fixture.server.kill();
          const answer = query(sql);
          if (next && answered === after) await Promise.allSettled([answer, scenario.fixture.server.kill()]);
          const rows = await answer;
          if (++answered === after && after === total) await scenario.fixture.server.kill();
          return rows;
        },
      });
    };
    return { ...services, connect };
  }

  async function killAt(after: number, next: boolean): Promise<number> {
    const plan = await scenario.begin();
    const applying = scenario.fixture.sendApply(
      applyRequest("orders", ROSTER, plan.changeSet),
      doomed(after, next),
    );
    await expect(applying).rejects.toThrow(
      new RegExp(`^\\w+: orders: .*(${after}|${after + Number(next)}) (of ${total} )?statements ran`),
    );
    await scenario.restart();
    await scenario.expectBounds();
    return scenario.finish();
  }

  it.each(killPoints(total))(
    `after %i of ${total} statements: nobody has too much or too little, and the next apply ends at the roster`,
    async n => {
      expect(await killAt(n, false)).toBe(total - n);
    },
  );

  it.each(isWhole ? [7, 15] : [15])(
    "with statement %i just sent, whether it ran or not: the same",
    async n => {
      expect([total - n, total - n - 1]).toContain(await killAt(n, true));
    },
  );
});
