// The apply function in a process of its own, which ends itself with SIGKILL at one statement. Bundled and
// started by the test.

import { applyHandler } from "../../../lambdas/reconciler/handlers/handlers";
import { readEnvironment } from "../../../lambdas/reconciler/runtime/environment";
import { awsServices } from "../../../lambdas/reconciler/services/aws-services";
import type { Services } from "../../../lambdas/reconciler/services/services";
import { changesAccounts } from "./changes-accounts";

/** The message that starts the process. */
export interface Doom {
  readonly payload: unknown;
  /** It dies when the server has answered so many statements; */
  readonly after: number;
  /** or, where this is true, just after it has sent the next one. */
  readonly next: boolean;
}

const services = awsServices(readEnvironment(process.env), "apply");

/** Ends this process now: nothing of it runs after this. */
function die(): Promise<never> {
  process.kill(process.pid, "SIGKILL");
  return new Promise(() => {});
}

const doomed = ({ after, next }: Doom): Services["connect"] => {
  let answered = 0;
  return async (entry, options) => {
    const session = await services.connect(entry, options);
    const query = session.query.bind(session);
    return Object.assign(session, {
      query: async (sql: string) => {
        if (!changesAccounts(sql)) return query(sql);
        if (!next && answered === after) await die();
        const answer = query(sql);
        if (next && answered === after) {
          answer.catch(() => {});
          await new Promise(sent => setTimeout(sent, 1));
          await die();
        }
        const rows = await answer;
        answered += 1;
        if (!next && answered === after) await die();
        return rows;
      },
    });
  };
};

process.once("message", async (doom: Doom) => {
  const end = Date.now() + 60_000;
  const handler = applyHandler({ ...services, connect: doomed(doom) });
  const answer = await handler(doom.payload, { getRemainingTimeInMillis: () => end - Date.now() }).catch(
    String,
  );
  process.send!({ answer }, () => process.exit(0));
});
process.send!({ ready: true });
