import { lowerName } from "../../../core/catalogue/lower-case";
import type { InventoryResponse, ReachRequest } from "../../../core/contract/payload";
import { rosterInEffect } from "../../../core/decisions/rosters-in-effect";
import { isSameDatabase, type NamesInGrants } from "../../../core/mysql/database-name";
import { reach as reachOf } from "../../../core/reach/reach";
import { missingAnswer, type ReachAnswer, reachAnswer } from "../../../core/reach/reach-answer";
import type { ReachTarget } from "../../../core/reach/reach-facts";
import { nearestHint } from "../../../core/users/nearest";
import { readReachFacts, tablesOf } from "../mysql/reach-facts";
import type { Call } from "../services/services";
import { answerPart, PART_LENGTH } from "./answer-part";
import { lookWith } from "./look";

/**
 * Everybody on the cluster who reads or writes a table, or anything in a database, as the live server says,
 * and what of it is declared. Changes nothing.
 * @throws RegistryError, LedgerError, DatabaseUnreachableError, DatabaseError, CredentialsError, ReaderError
 */
export async function reach(
  request: ReachRequest,
  call: Call,
  partLength = PART_LENGTH,
): Promise<InventoryResponse> {
  const { cluster, database, table } = request;
  const { accessDeniedRetry, ledger, log, now, registry, sources } = call.services;
  accessDeniedRetry.end();
  const entry = await registry.entry(cluster);
  const state = await ledger.state(cluster);
  const states = await sources.ledger.states(cluster, entry);
  const target: ReachTarget = { database, table };
  const found = await lookWith(entry, call, async (session, onStep) => {
    onStep("the tables of the database");
    const tables = await tablesOf(session, target);
    const facts = await readReachFacts(session, onStep);
    return { seen: { facts, tables }, isUsable: true };
  });
  const { observed } = found.facts;
  const missing = missingName(target, found.tables, {
    cluster,
    databases: observed.databases ?? [],
    names: observed,
  });
  const answer: ReachAnswer =
    missing === undefined
      ? reachAnswer(reachOf(found.facts, target), target, {
          now: now(),
          observed,
          roster: rosterInEffect(state, states, now()),
        })
      : missingAnswer(missing);
  log.begin({ cluster, action: "reach" });
  log.info("accounts listed", { accounts: answer.rows.length });
  return answerPart(request, answer, partLength);
}

/** Databases of the server itself whose tables nobody needs a grant to read. */
const ANSWERS_EACH = ["information_schema", "performance_schema"];

interface Known {
  readonly cluster: string;
  readonly databases: readonly string[];
  readonly names: NamesInGrants;
}

/** What to say of a name that does not exist, or for which grants are no answer; undefined of any other. */
function missingName(
  { database, table }: ReachTarget,
  tables: readonly string[] | undefined,
  { cluster, databases, names }: Known,
): string | undefined {
  if (ANSWERS_EACH.includes(lowerName(database)))
    return `${cluster}: every account may read some of "${database}", and sees there what its grants let it`;
  if (tables === undefined)
    return `${cluster} has no database "${database}"; ${nearestHint(database, databases, "it has none")}`;
  if (table === undefined || tables.some(one => isSameDatabase(one, table, names))) return undefined;
  const hint = nearestHint(table, tables, "it has none");
  return `${cluster}: "${database}" has no table or view "${table}"; ${hint}`;
}
