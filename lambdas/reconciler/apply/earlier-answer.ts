import { PROTOCOL } from "../../../core/contract/protocol";
import { holdBy } from "../../../core/decisions/hooks";
import { type HookAnswer, sentAgain } from "../../../core/decisions/sent-again";
import { AccessError } from "../../../core/errors";
import { NOTHING_RAN } from "../execute/run-report";
import type { LedgerHead } from "../store/ledger-head";
import { type HookResult, type HookRun, hookCall } from "./hook-run";

/** The call was sent before, and failed then. This copy does nothing and fails alike. */
export class EarlierFailureError extends AccessError {
  readonly code: string;

  constructor({ code = "Internal", message }: HookAnswer) {
    super(message);
    this.code = code;
  }
}

/**
 * The answer to a call that the provider has sent again, because its connection was cut. The copy runs
 * nothing and records nothing. Undefined if the call has no answer yet.
 * @throws EarlierFailureError if the call failed
 */
export async function earlierAnswer(hook: HookRun, head: LedgerHead): Promise<HookResult | undefined> {
  const { call, id, request } = hook;
  const { startedAt } = call;
  const { action } = request.tf;
  const { cluster } = request;
  const answer = sentAgain(head, { ...hookCall(hook), startedAt });
  if (!answer) return undefined;
  call.services.log.info("sent again", { cluster, changeSet: id });
  if (answer.code !== undefined) throw new EarlierFailureError(answer);
  if (action === "create") await countCopy(hook);
  // The copy may have opened the attempt again, after the first call had closed it.
  else if (action === "update" && head.attempt === id) await closeAttempt(hook);
  const { message, statements } = answer;
  return { response: { protocol: PROTOCOL, changeSetId: id, statements, message }, report: NOTHING_RAN };
}

const closeAttempt = ({ call, id, request }: HookRun) =>
  call.services.ledger.change(request.cluster, head => withoutAttempt(head, id));

/** The creation of a hook without a name may be a replacement's if it began after the first had ended. */
const countCopy = (hook: HookRun) =>
  hook.call.services.ledger.change(hook.request.cluster, head =>
    withoutAttempt(holdBy(head, hookCall(hook), hook.call.startedAt), hook.id),
  );

const withoutAttempt = (head: LedgerHead, id: string): LedgerHead =>
  head.attempt === id ? { ...head, attempt: undefined } : head;

/** The answer of a call that ends now, for the ledger's head. */
export const answerOf = (
  { services, payloadHash }: HookRun["call"],
  answer: Pick<HookAnswer, "statements" | "message" | "code">,
): HookAnswer => ({ payload: payloadHash, at: services.now().toISOString(), ...answer });
