import * as z from "zod";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { accountOfSecret } from "../../../core/contract/secret-name";
import { ROTATION_STEPS } from "../../../core/events/events";
import type { Roster } from "../../../core/roster/roster";
import type { AuditSubject } from "../execute/audit-run";
import { InvalidInputError } from "../runtime/errors";
import type { SecretContent } from "../secrets/secret-text";
import type { Call } from "../services/services";
import type { LedgerHead } from "../store/ledger-head";

/** What Secrets Manager sends for each of the four steps. It may send more. */
export const rotationRequestSchema = z.object({
  Step: z.enum(ROTATION_STEPS),
  SecretId: z.string().min(1).max(2048),
  ClientRequestToken: z.string().min(1).max(64),
});
export type RotationRequest = z.output<typeof rotationRequestSchema>;

/** The account whose secret is rotated. */
export interface RotatedSecret {
  readonly entry: RegistryEntry;
  /** The account's user name: `sl_order-sync`. */
  readonly user: string;
  /** The secret's ARN, or its name. */
  readonly secret: string;
  /** The version that the rotation makes. */
  readonly version: string;
  /** The roster that declares the account. */
  readonly roster: Roster;
}

/** A secret of an account that at least one of the rosters declares. */
export interface FoundSecret {
  readonly secret: RotatedSecret;
  /** Why it is not rotated now. Absent: it is. */
  readonly refusal?: InvalidInputError | undefined;
}

/** One step of a rotation. */
export interface Rotation extends RotatedSecret {
  readonly call: Call;
  readonly subject: AuditSubject;
}

/** The two passwords of a rotation. */
export interface RotatedPasswords {
  /** That of the version AWSCURRENT. */
  readonly current: SecretContent;
  /** That of the version that the rotation makes. */
  readonly next: SecretContent;
}

/** An ARN of a secret ends in a hyphen and six characters of AWS. */
const ARN = /^arn:[a-z0-9-]+:secretsmanager:[a-z0-9-]*:\d*:secret:(.+)-[A-Za-z0-9]{6}$/;

/** What the name or the ARN of a secret says. Without a path there is no cluster. */
export function partsOf(secret: string) {
  const name = ARN.exec(secret)?.[1] ?? secret;
  const at = name.lastIndexOf("/");
  const path = name.slice(0, at);
  const user = accountOfSecret(name.slice(at + 1));
  return { name, path, user, cluster: at < 1 ? undefined : path.slice(path.lastIndexOf("/") + 1) };
}

/**
 * The account that a secret is of. Its cluster's registry entry must name the secret's path, and the rosters
 * the account: a caller of the function cannot make it change another account.
 * @returns also of an account whose password is not rotated now, with the reason
 * @throws InvalidInputError if the secret is of no account with a password
 */
export async function rotatedSecret(request: RotationRequest, call: Call): Promise<FoundSecret> {
  const { ClientRequestToken: version, SecretId: secret } = request;
  const { cluster, name, path, user } = partsOf(secret);
  const refuse = (why: string) => new InvalidInputError(`the secret ${name} is not rotated: ${why}`);
  const { ledger, registry } = call.services;
  if (cluster === undefined || user === undefined || !(await registry.has(cluster)))
    throw refuse("it is of no account of a registered cluster");
  const entry = await registry.entry(cluster);
  if (entry.secretPath !== path)
    throw refuse(`it is not below ${entry.secretPath ?? "any path"} of ${cluster}`);
  const { applied, head, target } = await ledger.state(cluster);
  const declaring = [applied, target].filter(
    one => one && Object.hasOwn(one.roster.accounts, user) && one.roster.accounts[user]!.login === "password",
  );
  const why = whyNot(cluster, entry, head) ?? (declaring.length < 2 ? undeclared(user, cluster) : undefined);
  const refusal = why === undefined ? undefined : refuse(why);
  // Nobody waits for the password of an account that has none.
  if (refusal && declaring.length === 0) throw refusal;
  return { secret: { entry, user, secret, version, roster: declaring[0]!.roster }, refusal };
}

const undeclared = (user: string, cluster: string): string =>
  `${user} is not declared as an account with a password, or an apply of ${cluster} is not done`;

/** Why no account of the cluster is rotated; undefined: there is no reason. */
function whyNot(cluster: string, entry: RegistryEntry, head: LedgerHead): string | undefined {
  if (head.released !== undefined) return `${cluster} is not managed any more`;
  if (head.resourceId === undefined || head.resourceId === entry.resourceId) return undefined;
  return (
    `${cluster} is ${entry.resourceId} now, and what the ledger has was applied to ${head.resourceId}. ` +
    "Plan and apply the cluster first"
  );
}
