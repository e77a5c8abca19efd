import type { MySqlSession } from "../../../lambdas/reconciler/mysql/mysql-session";
import type { Services } from "../../../lambdas/reconciler/services/services";

type Query = MySqlSession["query"];

/** Services whose single queries go through `intercept`, to make some of them fail. */
export const interceptQueries = (
  services: Services,
  intercept: (sql: string, run: () => ReturnType<Query>) => ReturnType<Query>,
): Services => ({
  ...services,
  connect: async (...asked) => {
    const session = await services.connect(...asked);
    return {
      id: session.id,
      server: session.server,
      user: session.user,
      query: sql => intercept(sql, () => session.query(sql)),
      queryAll: statements => session.queryAll(statements),
      close: () => session.close(),
      destroy: () => session.destroy(),
    };
  },
});
