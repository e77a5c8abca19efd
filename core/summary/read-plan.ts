import * as z from "zod";
import { onlyChangeSet } from "../contract/change-set";
import { changeSetSchema, previewResponseSchema, REMOVAL_POLICIES } from "../contract/payload";
import { clusterNameSchema } from "../contract/registry-entry";
import { InvalidInputError } from "../errors";
import { groupBy } from "../group-by";
import { defined } from "../json";
import { type Roster, rosterSchema } from "../roster/roster";
import type { AccessPlan, ClusterPlan, PreviewSays } from "./cluster-plan";
import { entryWarnings } from "./entry-changes";
import { type PlanJson, parsePlanJson, type ResourceChange, valuesOfType } from "./plan-json";
import { recordedRoster } from "./recorded-roster";

/**
 * The input of a hook. A roster may have members that a newer release wrote into it: they do not count, and
 * what they mean is not summarized.
 */
const inputSchema = z.object({
  action: z.literal("apply"),
  cluster: clusterNameSchema,
  roster: rosterSchema,
  removalPolicy: z.enum(REMOVAL_POLICIES).optional(),
  changeSet: changeSetSchema,
});

type HookInput = z.output<typeof inputSchema>;

const INVOCATION = "aws_lambda_invocation";
/** The end of a hook's name: `orders-access`. */
const HOOK = /-access$/;

/**
 * Reads the clusters of a plan.
 * @param from the file's name, for errors
 * @param clock the moment, if the plan does not say when it was made
 * @throws InvalidInputError if it is no plan, one without clusters, or one of another form
 */
export function readPlan(text: string, from: string, clock: Date): AccessPlan {
  const plan = parsePlanJson(text, from);
  const previews = previewsIn(plan);
  const entries = entryWarnings(plan);
  const hooks = plan.resource_changes.filter(
    ({ mode, name, type }) => mode === "managed" && type === INVOCATION && HOOK.test(name),
  );
  const clusters = hooks.flatMap(hook => clusterOf(hook, { plan, previews, entries, from }) ?? []);
  if (clusters.length === 0)
    throw new InvalidInputError(
      `${from} is a plan without clusters: it has no \`${INVOCATION}.<cluster>-access\`. ` +
        "Give the plan of a stack with an AuroraCluster, made without `-target` and `-refresh-only`",
    );
  const made = plan.timestamp === undefined ? clock : new Date(plan.timestamp);
  return {
    now: made,
    clusters: mergeHooks(clusters, from),
    errored: plan.errored === true,
    isPartial: plan.complete === false,
  };
}

interface Within {
  readonly plan: PlanJson;
  readonly previews: ReadonlyMap<string, PreviewSays>;
  readonly entries: ReadonlyMap<string, string>;
  readonly from: string;
}

function clusterOf(hook: ResourceChange, { entries, from, plan, previews }: Within): ClusterPlan | undefined {
  const { actions, after, after_unknown, before } = hook.change;
  const gone = (["delete", "forget"] as const).find(action => actions.join() === action);
  const isUnknown = gone === undefined && unknownInput(after_unknown);
  const old = inputOf(before, hook, from);
  const young = gone || isUnknown ? undefined : inputOf(after, hook, from);
  const cluster = young?.cluster ?? old?.cluster ?? decodeName(hook.name.replace(HOOK, ""));
  if (!old && !young && !isUnknown) return undefined;
  const set = young && onlyChangeSet(young.changeSet);
  const isSame = set !== undefined && old !== undefined && onlyChangeSet(old.changeSet).id === set.id;
  const preview = previews.get(cluster);
  return {
    cluster,
    isUnknown,
    isRepeated: isSame || preview?.applied !== undefined,
    action: gone ?? actionOf(actions),
    ...defined({
      before: old?.roster,
      after: young?.roster ?? (isUnknown ? recordedRoster(plan, hook.name.replace(HOOK, "")) : undefined),
      changeSet: set && { id: set.id, body: set.body },
      preview,
      entryWarning: entries.get(cluster),
      removalPolicy: (young ?? old)?.removalPolicy,
    }),
  };
}

const actionOf = (actions: readonly string[]): ClusterPlan["action"] =>
  actions.includes("create") ? "create" : actions.includes("update") ? "update" : "none";

/** Whether Terraform does not know the input yet: `true` for all of the resource, or for this member. */
const unknownInput = (unknown: unknown): boolean =>
  unknown === true ||
  (typeof unknown === "object" && unknown !== null && (unknown as { input?: unknown }).input === true);

/** @throws InvalidInputError if the input is none of a hook that this release knows */
function inputOf(values: ResourceChange["change"]["before"], hook: ResourceChange, from: string) {
  const text = values?.["input"];
  if (typeof text !== "string") return undefined;
  const refuse = (what: string): never => {
    throw new InvalidInputError(
      `${from}: the \`input\` of ${hook.address} ${what}: it was planned by another release. Use the ` +
        "`aurora-users` of the release that plans",
    );
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("is not JSON");
  }
  if ((value as { action?: unknown } | null)?.action !== "apply") return undefined;
  const input = inputSchema.safeParse(value);
  if (input.success) return input.data as HookInput & { readonly roster: Roster };
  const [issue] = input.error.issues;
  return refuse(`has another form (\`${issue?.path.join(".")}\`: ${issue?.message})`);
}

const requestSchema = z.object({ cluster: z.string() });
const answerSchema = previewResponseSchema.unwrap().partial();

/** The answers of the previews, by cluster, as far as the plan has them. */
function previewsIn(plan: PlanJson): ReadonlyMap<string, PreviewSays> {
  const answers = valuesOfType(plan, INVOCATION).flatMap(values => {
    const { input, result } = (values ?? {}) as { input?: unknown; result?: unknown };
    const request = requestSchema.safeParse(parsed(input));
    const answer = answerSchema.safeParse(parsed(result));
    // A hook's answer has no `pending`.
    const isPreview = answer.success && answer.data.pending !== undefined;
    return request.success && isPreview ? [[request.data.cluster, answer.data] as const] : [];
  });
  return new Map(answers);
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** The name that `encodeName` of the constructs made an identifier of. */
export const decodeName = (identifier: string): string =>
  identifier.replace(/_-([0-9a-f]+)_|_/g, (_, hex?: string) =>
    hex === undefined ? "." : String.fromCodePoint(Number.parseInt(hex, 16)),
  );

/**
 * One plan for each cluster. A hook that goes while another one of the cluster stays was replaced or has
 * another address: the other one counts, and what was before is known by either.
 */
function mergeHooks(clusters: readonly ClusterPlan[], from: string): ClusterPlan[] {
  return [...groupBy(clusters, ({ cluster }) => cluster).values()].map(same => {
    const staying = same.filter(({ action }) => action !== "delete" && action !== "forget");
    if (staying.length > 1)
      throw new InvalidInputError(
        `${from} has two hooks of the cluster ${same[0]!.cluster}, which nobody could tell apart: one would hide ` +
          "the other. Give the plan of one stack",
      );
    const stays = staying[0] ?? same[0]!;
    const before = stays.before ?? same.find(one => one.before)?.before;
    return { ...stays, ...defined({ before }) };
  });
}
