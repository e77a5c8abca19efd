import { auditPartition, clusterOfPartition } from "../../../core/audit";
import { byCodeUnit } from "../../../core/json";
import { nearestHint } from "../../../core/users/nearest";
import type { Io } from "../../terminal/command";
import { AwsProblemError, UsageError } from "../../terminal/errors";
import type { AuditTable } from "./audit-table";

const unrecorded = (option: string, name: string) => `\`--${option}\`: nothing is recorded under "${name}"`;

/**
 * Finds a cluster without any item: an answer about a misspelt name would be wrong.
 * @throws UsageError
 */
export async function assertRecordedClusters(table: AuditTable, clusters: readonly string[]): Promise<void> {
  for (const cluster of clusters) {
    if (!(await table.isEmpty(cluster))) continue;
    if (!(await table.isEmpty(auditPartition("refused", cluster)))) continue;
    const hint = await hintOf(table, cluster);
    throw new UsageError(`${unrecorded("cluster", cluster)}${hint}`);
  }
}

async function hintOf(table: AuditTable, cluster: string): Promise<string> {
  try {
    const names = new Set((await table.chains()).map(clusterOfPartition));
    return `; ${nearestHint(cluster, [...names], "the trail is empty")}`;
  } catch (error) {
    if (!(error instanceof AwsProblemError)) throw error;
    return ". Other names are not known: the permission dynamodb:Scan is missing";
  }
}

/**
 * Finds people that no item names.
 * @param names users and accounts of the items that were read
 * @param isWhole whether that was the whole trail. Else somebody may be named in another part: a warning
 * @throws UsageError
 */
export function assertRecordedPeople(
  people: readonly string[],
  names: ReadonlySet<string>,
  isWhole: boolean,
  io: Io,
): void {
  for (const person of people.filter(name => !names.has(name))) {
    const hint = nearestHint(person, [...names].sort(byCodeUnit), "the items name nobody");
    if (isWhole) throw new UsageError(`${unrecorded("person", person)}; ${hint}`);
    io.err(`${unrecorded("person", person)} in what was read; ${hint}`);
  }
}
