import * as z from "zod";
import type { RegistryEntry } from "../../../core/contract/registry-entry";
import { accountOfSecret } from "../../../core/contract/secret-name";
import { ROTATION_STEPS } from "../../../core/events/events";
import type { Roster } from "../../../core/roster/roster";
import type { AuditSubject } from "../execute/audit-run";
import { InvalidInputError } from "../runtime/errors";
import type { SecretContent } from "../secrets/secret-text";
import type { Call } from "../services/services";

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

/**
 * The account that a secret is of. Its cluster's registry entry must name the secret's path, and the rosters
 * the account: a caller of the function cannot make it change another account.
 * @throws InvalidInputError
 */
export async function rotatedSecret(request: RotationRequest, call: Call): Promise<RotatedSecret> {
  const { ClientRequestToken: version, SecretId: secret } = request;
  const name = ARN.exec(secret)?.[1] ?? secret;
  const refuse = (why: string) => new InvalidInputError(`the secret ${name} is not rotated: ${why}`);
  const at = name.lastIndexOf("/");
  const path = name.slice(0, at);
  const user = accountOfSecret(name.slice(at + 1));
  const cluster = path.slice(path.lastIndexOf("/") + 1);
  const { ledger, registry } = call.services;
  if (at < 1 || user === undefined || !(await registry.has(cluster)))
    throw refuse("it is of no account of a registered cluster");
  const entry = await registry.entry(cluster);
  if (entry.secretPath !== path)
    throw refuse(`it is not below ${entry.secretPath ?? "any path"} of ${cluster}`);
  const { applied, head, target } = await ledger.state(cluster);
  if (head.released !== undefined) throw refuse(`${cluster} is not managed any more`);
  if (head.resourceId !== undefined && head.resourceId !== entry.resourceId)
    throw refuse(
      `${cluster} is ${entry.resourceId} now, and what the ledger has was applied to ${head.resourceId}. ` +
        "Plan and apply the cluster first",
    );
  const isDeclared = [applied, target].every(
    one => one && Object.hasOwn(one.roster.accounts, user) && one.roster.accounts[user]!.login === "password",
  );
  if (!isDeclared)
    throw refuse(
      `${user} is not declared as an account with a password, or an apply of ${cluster} is not done`,
    );
  return { entry, user, secret, version, roster: applied!.roster };
}
