import { runSimulation } from "@cloud-copilot/iam-simulate";
import type { SynthesizedStack } from "../synth";

const ACCOUNT = "111122223333";

/** A call, as IAM sees it. */
export interface Asked {
  /** The name of the role that makes it. */
  readonly as: string;
  readonly action: string;
  readonly on: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
}

/** The documents of a stack, with what Terraform would look up. The key of the proofs is `key/proofs`. */
export function documentsOf({ resource }: SynthesizedStack) {
  const text = JSON.stringify(resource)
    .replace(/\$\{data\.aws_partition\.[^}]*\}/g, "aws")
    .replace(/\$\{data\.aws_region\.[^}]*\}/g, "eu-west-1")
    .replace(/\$\{data\.aws_caller_identity\.[^}]*\}/g, ACCOUNT)
    .replace(/\$\{aws_dynamodb_table\.([^.}]+)\.arn\}/g, `arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/$1`)
    .replace(/\$\{aws_kms_key\.[^}]+\.arn\}/g, `arn:aws:kms:eu-west-1:${ACCOUNT}:key/proofs`);
  const given: SynthesizedStack["resource"] = JSON.parse(text);
  const roles = Object.entries(given["aws_iam_role"]!).map(
    ([id, { name, path = "/", assume_role_policy }]) => {
      const references = [name, `\${aws_iam_role.${id}.name}`];
      const policies = Object.values(given["aws_iam_role_policy"]!)
        .filter(({ role }) => references.includes(role))
        .map(({ policy }) => JSON.parse(policy));
      const arn = `arn:aws:iam::${ACCOUNT}:role${path}${name}`;
      return { arn, name: name as string, policies, trust: JSON.parse(assume_role_policy) };
    },
  );
  return { roles, keyPolicy: JSON.parse(given["aws_kms_key"]!["aurora-users-ledger-proofs"].policy) };
}

/** Whether IAM allows the call. @throws Error if no role has that name, or the call is none of AWS */
export async function isAllowed(
  { keyPolicy, roles }: ReturnType<typeof documentsOf>,
  { action, as, context = {}, on }: Asked,
): Promise<boolean> {
  const caller = roles.find(({ name }) => name === as);
  if (!caller) throw new Error(`no role ${as} in: ${roles.map(({ name }) => name).join(", ")}`);
  const assumed = action === "sts:AssumeRole" ? roles.find(({ arn }) => arn === on)?.trust : undefined;
  const resourcePolicy = on.endsWith(":key/proofs") ? keyPolicy : assumed;
  const answer = await runSimulation(
    {
      request: {
        action,
        resource: { resource: on, accountId: ACCOUNT },
        principal: `arn:aws:sts::${ACCOUNT}:assumed-role/${as}/session`,
        contextVariables: { "aws:PrincipalArn": caller.arn, ...context },
      },
      identityPolicies: caller.policies.map((policy, index) => ({ name: `${as} ${index}`, policy })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(resourcePolicy && { resourcePolicy }),
    },
    {},
  );
  if (answer.resultType === "error") throw new Error(`${action} on ${on}: ${JSON.stringify(answer.errors)}`);
  return answer.overallResult === "Allowed";
}
