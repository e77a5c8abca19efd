import * as z from "zod";
import { type Roster, rosterSchema } from "../roster/roster";
import type { PlanJson } from "./plan-json";

/**
 * The roster as the records of the plan have it, for a hook whose input is not known yet. The privileges of
 * its roles are then not known, unless the cluster has one record for all accounts.
 * @param cluster the cluster's name in identifiers of Terraform
 */
export function recordedRoster({ resource_changes }: PlanJson, cluster: string): Roster | undefined {
  const records = resource_changes.filter(
    ({ mode, type }) => mode === "managed" && type === "terraform_data",
  );
  const all = records.find(({ name }) => name === `${cluster}-grants`)?.change.after?.["triggers_replace"];
  const whole = rosterSchema.safeParse(parsed(all));
  if (whole.success) return whole.data;
  const accounts = records
    .filter(({ name }) => name.endsWith(`-on-${cluster}`))
    .flatMap(({ change }) => {
      const input = recordSchema.safeParse(change.after?.["input"]);
      if (!input.success) return [];
      const { account, ...details } = input.data;
      const found = rosterSchema.safeParse({ roles: {}, accounts: { [account]: details } });
      return found.success ? Object.entries(found.data.accounts) : [];
    });
  return accounts.length === 0 ? undefined : { roles: {}, accounts: Object.fromEntries(accounts) };
}

const recordSchema = z.looseObject({ account: z.string() });

function parsed(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : text;
  } catch {
    return undefined;
  }
}
