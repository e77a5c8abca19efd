import type { RunCounts } from "./count-run";

/** How often things happen on each cluster. */
export interface Month {
  readonly days: number;
  readonly plansADay: number;
  readonly appliesADay: number;
  readonly enforcementsADay: number;
}

export interface CostInput {
  readonly counts: Readonly<Record<"plan" | "apply" | "enforcement", RunCounts>>;
  readonly month: Month;
  readonly clusters: readonly number[];
  /** In USD: scripts/prices.json. */
  readonly prices: Readonly<Record<string, number>>;
  /** Alarms of each cluster. */
  readonly alarms: number;
}

const MEMORY_GB = 0.25;
const GB = 1024 ** 3;
/** Those that `AccessVpcEndpoints` makes by default, without the route for DynamoDB. */
const ENDPOINTS = 7;

/** The costs of a month as a table in Markdown: lines for services, columns for numbers of clusters. */
export function monthlyCosts({ alarms, clusters, counts, month, prices }: CostInput): string {
  const runs = {
    plan: month.days * month.plansADay,
    apply: month.days * month.appliesADay,
    enforcement: month.days * month.enforcementsADay,
  };
  const price = (name: string): number => {
    const found = prices[name];
    if (found === undefined) throw new Error(`scripts/prices.json has no price ${name}`);
    return found;
  };
  /** Of one cluster in a month. */
  const total = (of: (run: RunCounts) => number) =>
    Object.entries(counts).reduce((sum, [kind, run]) => sum + of(run) * runs[kind as keyof typeof runs], 0);
  const calls = (service: string) =>
    total(({ requests }) =>
      Object.entries(requests).reduce((sum, [name, n]) => sum + (name.startsWith(service) ? n : 0), 0),
    );
  const metrics = new Set(Object.values(counts).flatMap(run => run.metrics)).size;
  const yearOfAudit = (total(run => run.auditBytes) * 12) / GB;
  const logs = total(run => run.logBytes) / GB;
  const each: Record<string, number> = {
    "Lambda: calls and time": total(
      run =>
        run.functionCalls * price("lambdaRequest") +
        (run.functionMs / 1000) * MEMORY_GB * price("lambdaGbSecondArm"),
    ),
    "DynamoDB: reads and writes": total(
      run => run.readUnits * price("dynamoDbReadUnit") + run.writeUnits * price("dynamoDbWriteUnit"),
    ),
    "DynamoDB: audit trail of a year, with recovery":
      yearOfAudit * (price("dynamoDbGbMonth") + price("dynamoDbRecoveryGbMonth")),
    "KMS: requests": calls("kms ") * price("kmsRequest"),
    "Secrets Manager: requests": calls("secretsmanager ") * price("secretsManagerRequest"),
    "Scheduler and EventBridge":
      runs.enforcement * price("schedulerInvocation") + calls("events ") * price("eventBridgeEvent"),
    [`CloudWatch: ${metrics} metrics a cluster`]: metrics * price("customMetricMonth"),
    [`CloudWatch: ${alarms} alarms a cluster`]: alarms * price("alarmMonth"),
    "CloudWatch: logs, kept for 400 days": logs * price("logGbIn") + logs * 13 * price("logGbMonth"),
  };
  const once: Record<string, number> = {
    "KMS: the key of the ledger's proofs": price("kmsKeyMonth"),
    "CloudWatch: dashboard": price("dashboardMonth"),
  };
  const rows = [
    ...Object.entries(each).map(([name, usd]) => [name, ...clusters.map(count => count * usd)] as const),
    ...Object.entries(once).map(([name, usd]) => [name, ...clusters.map(() => usd)] as const),
  ];
  const sums = clusters.map((_, index) => rows.reduce((sum, [, ...usd]) => sum + usd[index]!, 0));
  const line = (cells: readonly (string | number)[]) =>
    `| ${cells.map(cell => (typeof cell === "number" ? cell.toFixed(2) : cell)).join(" | ")} |`;
  return [
    line(["USD a month", ...clusters.map(count => `${count} cluster${count === 1 ? "" : "s"}`)]),
    line(["---", ...clusters.map(() => "---:")]),
    ...rows.map(row => line([...row])),
    line(["**together**", ...sums]),
    "",
    `${ENDPOINTS} interface endpoints in one zone: ${(ENDPOINTS * 730 * price("endpointHour")).toFixed(2)}`,
  ].join("\n");
}
