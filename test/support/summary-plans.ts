import { numbered } from "../../core/contract/change-set";
import type { ChangeSetBody } from "../../core/contract/payload";
import { assembleStatements } from "../../core/mysql";
import { EMPTY_ROSTER, givenBy, grantsOf, holdsAt, type Roster } from "../../core/roster/roster";
import { observedAccount, observedState } from "./observed";

export const NOW = new Date("2026-11-20T12:00:00Z");
export const PREFIX = "sl";

/** One cluster of a plan that a test makes. */
export interface PlannedCluster {
  readonly cluster: string;
  readonly before?: Roster | undefined;
  readonly after?: Roster | undefined;
  readonly status?: ChangeSetBody["status"];
  readonly statements?: readonly string[];
  readonly notes?: readonly string[];
  readonly removalPolicy?: string;
  readonly preview?: Readonly<Record<string, unknown>>;
  readonly unknown?: boolean;
}

const SET = "cs-20261120T110740Z-bbdba2ec";

/** A plan as `terraform show -json` prints it, as far as this package reads it. */
export function planJson(
  clusters: readonly PlannedCluster[],
  more: Readonly<Record<string, unknown>> = {},
): string {
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    timestamp: NOW.toISOString(),
    resource_changes: clusters.map(hookChange),
    prior_state: {
      format_version: "1.0",
      values: { root_module: { resources: clusters.flatMap(previewOf) } },
    },
    ...more,
  });
}

function hookChange(planned: PlannedCluster) {
  const { after, before, cluster, unknown } = planned;
  const old = before && { input: inputOf(planned, before, "cs-20261101T000000Z-00000000", { cluster }) };
  const set = planned.status ?? ((planned.statements?.length ?? 0) > 0 ? "changes" : "none");
  const young = after && !unknown && { input: inputOf(planned, after, SET, { ...planned, status: set }) };
  const name = `${cluster.replaceAll(".", "_")}-access`;
  return {
    address: `aws_lambda_invocation.${name}`,
    mode: "managed",
    type: "aws_lambda_invocation",
    name,
    change: {
      actions: after === undefined && !unknown ? ["delete"] : before ? ["update"] : ["create"],
      before: old ?? null,
      after: young ?? (unknown ? {} : null),
      after_unknown: unknown ? { input: true, result: true } : {},
    },
  };
}

function inputOf(
  { cluster, removalPolicy = "protect" }: PlannedCluster,
  roster: Roster,
  id: string,
  { notes = [], statements = [], status = "none" }: PlannedCluster,
): string {
  const body = {
    status,
    statements: numbered(statements),
    notes,
    plannedAt: "2026-11-20T11:07:40.008Z",
    plannedBy: "arn:aws:sts::123456789012:assumed-role/planner/ci",
    reference: "INC-1301",
  };
  const request = {
    protocol: 1,
    cluster,
    gate: "g",
    owner: "o",
    adopt: false,
    action: "apply",
    removalPolicy,
  };
  return JSON.stringify({ ...request, changeSet: { [id]: body }, roster });
}

function previewOf({ cluster, preview, unknown }: PlannedCluster) {
  if (unknown) return [];
  const answer = {
    protocol: 1,
    pending: 0,
    verified: true,
    unmanaged: [],
    summary: `${cluster}: nothing is pending`,
    ...preview,
  };
  const values = { input: JSON.stringify({ action: "preview", cluster }), result: JSON.stringify(answer) };
  return [{ type: "aws_lambda_invocation", name: `${cluster}-preview`, mode: "data", values }];
}

/** What a server holds that is as a roster of grants on databases declares. */
export function observedAsDeclared(roster: Roster, now = NOW) {
  const accounts = Object.entries(roster.accounts).flatMap(([user, account]) => {
    const current = grantsOf(account).filter(({ grant }) => holdsAt(grant, now));
    if (current.length === 0) return [];
    const databases = current.map(placed => ({
      name: placed.database,
      privileges: [...givenBy(roster, placed)],
      grantOption: false,
    }));
    return [observedAccount(user, { databases, locked: account.suspended === true })];
  });
  return observedState(accounts);
}

/** The statements that a preview finds for a roster. */
export const plannedSql = (
  roster: Roster,
  observed: ReturnType<typeof observedState>,
  previously: Roster = EMPTY_ROSTER,
): string[] =>
  assembleStatements({
    roster,
    observed,
    now: NOW,
    prefix: PREFIX,
    unmanaged: "remove",
    definers: "strip",
    previouslyDeclared: Object.keys(previously.accounts),
    onlyCreate: false,
  }).statements.map(({ sql }) => sql);
