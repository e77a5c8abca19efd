import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CLUSTER_ALARMS } from "../../constructs";
import { type CostInput, monthlyCosts } from "./monthly-costs";

const CLUSTERS = [1, 12, 100, 500];

/** What was counted last, with the prices of scripts/prices.json. */
export function costTable(): string {
  const { counts, month } = read<Pick<CostInput, "counts" | "month">>("cost/counted.json");
  const { usd } = read<{ usd: CostInput["prices"] }>("prices.json");
  return monthlyCosts({ counts, month, clusters: CLUSTERS, prices: usd, alarms: CLUSTER_ALARMS.length });
}

const read = <T>(file: string): T => JSON.parse(readFileSync(join(__dirname, "..", file), "utf8")) as T;
