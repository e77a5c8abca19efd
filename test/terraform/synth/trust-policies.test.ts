import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider";
import { TerraformStack, Testing } from "cdktf";
import { AuroraCluster } from "../../../constructs";
import { Terraform, terraformEnvironment } from "../../../local/terraform/terraform";

const directory = mkdtempSync(join(tmpdir(), "trust-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const BROKER = "arn:aws:iam::111122223333:role/broker";
const SETTERS = [BROKER, "rolesanywhere.amazonaws.com", "arn:aws:iam::444455556666:root"];

/** The two conditions of a policy for a role given by its name, and the local that they look at. */
function conditions(): { readonly local: string; readonly texts: readonly string[] } {
  const stack = new TerraformStack(Testing.app(), "stack");
  new AwsProvider(stack, "aws", { region: "eu-west-1" });
  AuroraCluster.fromAuroraClusterAttributes(stack, "orders", {
    name: "orders",
    resourceId: "cluster-A",
  }).grantConnect({ role: "developers" }, { tagSetters: SETTERS });
  const { locals, resource } = JSON.parse(Testing.synth(stack));
  const [policy] = Object.values<{ lifecycle: { precondition: { condition: string }[] } }>(
    resource.aws_iam_role_policy,
  );
  return {
    local: `local.${Object.keys(locals).find(name => locals[name].policy)!}`,
    texts: policy!.lifecycle.precondition.map(({ condition }) => condition),
  };
}

const TAG = "sts:TagSession";
const ROOT = { AWS: "arn:aws:iam::111122223333:root" };
const OWN = { AWS: [ROOT.AWS, "111122223333", "arn:aws:sts::111122223333:assumed-role/a/b"] };
const requestTag = (value: unknown, operator = "StringEquals", key = "aws:RequestTag/UserName") => ({
  [operator]: { [key]: value },
});
const allow = (Principal: unknown, Action: unknown, Condition?: object) => ({
  Effect: "Allow",
  Principal,
  Action,
  ...(Condition && { Condition }),
});

/** Trust policies, and whether nobody can choose the tag's value who must not. */
const CASES: readonly (readonly [why: string, statement: unknown, isPinned: boolean])[] = [
  ["nobody may set tags", [allow(ROOT, "sts:AssumeRole")], true],
  ["no statement", [], true],
  [
    "a SAML provider",
    [allow({ Federated: "arn:aws:iam::1:saml-provider/x" }, ["sts:AssumeRoleWithSAML", TAG])],
    true,
  ],
  ["an OIDC provider, as one statement", allow({ Federated: "arn:aws:iam::1:oidc-provider/x" }, TAG), true],
  ["the caller's own user name", [allow(ROOT, TAG, requestTag("${aws:username}"))], true],
  ["the caller's own tag", [allow(ROOT, TAG, requestTag(["${aws:PrincipalTag/UserName}"]))], true],
  [
    "keys in other letters",
    [allow(ROOT, TAG, requestTag("${aws:principaltag/username}", "StringEquals", "aws:requesttag/username"))],
    true,
  ],
  [
    "the same if the tag is there",
    [allow(ROOT, TAG, requestTag("${aws:username}", "StringEqualsIfExists"))],
    true,
  ],
  ["the caller's own name, in one account", [allow(OWN, TAG, requestTag("${aws:username}"))], true],
  ["a service that the stack names", [allow({ Service: "rolesanywhere.amazonaws.com" }, TAG)], true],
  ["an account that the stack names", [allow({ AWS: SETTERS[2] }, TAG)], true],
  [
    "principals of two kinds, all named",
    [allow({ AWS: [BROKER], Service: "rolesanywhere.amazonaws.com" }, TAG)],
    true,
  ],
  ["the own name of anybody", [allow({ AWS: "*" }, TAG, requestTag("${aws:username}"))], false],
  ["the own name of everybody", [allow("*", TAG, requestTag("${aws:username}"))], false],
  [
    "the own tag of two accounts",
    [allow({ AWS: [ROOT.AWS, "444455556666"] }, TAG, requestTag("${aws:PrincipalTag/UserName}"))],
    false,
  ],
  [
    "the own tag of a service",
    [allow({ Service: "ec2.amazonaws.com" }, TAG, requestTag("${aws:PrincipalTag/UserName}"))],
    false,
  ],
  [
    "the own tag of an account and a service",
    [allow({ ...ROOT, Service: "ec2.amazonaws.com" }, TAG, requestTag("${aws:PrincipalTag/UserName}"))],
    false,
  ],
  [
    "the own name where the principals are left out",
    [{ ...allow(ROOT, TAG, requestTag("${aws:username}")), Principal: undefined, NotPrincipal: ROOT }],
    false,
  ],
  // Two such statements would be a choice.
  ["one plain name", [allow(ROOT, TAG, requestTag("jane.doe"))], false],
  ["a trusted principal", [allow({ AWS: [BROKER] }, ["sts:AssumeRole", TAG])], true],
  ["a statement that denies", [{ ...allow(ROOT, TAG), Effect: "Deny" }], true],
  ["any caller of the account", [allow(ROOT, ["sts:AssumeRole", TAG])], false],
  ["any caller, by a pattern", [allow(ROOT, "sts:*")], false],
  ["any caller, by another pattern", [allow(ROOT, "STS:tag?ession")], false],
  [
    "any caller, by all other actions",
    [{ Effect: "Allow", Principal: ROOT, NotAction: "sts:AssumeRole" }],
    false,
  ],
  ["everybody", [allow("*", TAG)], false],
  ["everybody else", [{ Effect: "Allow", NotPrincipal: ROOT, Action: TAG }], false],
  ["a trusted principal and another", [allow({ AWS: [BROKER, ROOT.AWS] }, TAG)], false],
  ["a provider and a caller", [allow({ Federated: "arn:aws:iam::1:saml-provider/x", ...ROOT }, TAG)], false],
  ["a service", [allow({ Service: "ec2.amazonaws.com" }, TAG)], false],
  [
    "a condition on another tag",
    [allow(ROOT, TAG, requestTag("${aws:username}", "StringEquals", "aws:RequestTag/Team"))],
    false,
  ],
  ["another tag of the caller", [allow(ROOT, TAG, requestTag("${aws:PrincipalTag/Team}"))], false],
  ["a pattern", [allow(ROOT, TAG, requestTag("*", "StringLike"))], false],
  ["a choice of two", [allow(ROOT, TAG, requestTag(["jane.doe", "john.roe"]))], false],
  [
    "all values of none",
    [allow(ROOT, TAG, requestTag("${aws:username}", "ForAllValues:StringEquals"))],
    false,
  ],
  [
    "one pinned statement and one that is not",
    [allow(ROOT, TAG, requestTag("${aws:username}")), allow(ROOT, TAG)],
    false,
  ],
];

interface Answer {
  readonly value: readonly [tagFree: boolean, pinned: boolean];
}

it("Terraform finds out of each trust policy whether a caller can choose the tag, and of each role its own tag", async () => {
  const { local, texts } = conditions();
  const cases = [
    ...CASES.map(([, Statement]) => ({ policy: { Statement }, tags: {} })),
    { policy: {}, tags: { Team: "data" } },
    { policy: {}, tags: { username: "jane.doe" } },
  ];
  const escaped = (text: string) => text.replaceAll("${", "$$${");
  const configuration = {
    locals: Object.fromEntries(
      cases.map(({ policy, tags }, index) => [
        `case${index}`,
        { name: "developers", policy: escaped(JSON.stringify(policy)), tags, tagSetters: SETTERS },
      ]),
    ),
    output: Object.fromEntries(
      cases.map((_, index) => [
        `case${index}`,
        { value: texts.map(text => text.replaceAll(local, `local.case${index}`)) },
      ]),
    ),
  };
  writeFileSync(join(directory, "main.tf.json"), JSON.stringify(configuration));
  const terraform = new Terraform(directory, await terraformEnvironment(directory));
  for (const command of [["init"], ["apply", "-auto-approve"]]) {
    const { ok, text } = await terraform.run(...command, "-no-color");
    expect({ ok, text: ok ? "" : text }).toEqual({ ok: true, text: "" });
  }
  const answers: Record<string, Answer> = JSON.parse((await terraform.run("output", "-json")).stdout);
  const found = cases.map((_, index) => answers[`case${index}`]!.value);
  expect(CASES.map(([why], index) => [why, found[index]![1]])).toEqual(
    CASES.map(([why, , isPinned]) => [why, isPinned]),
  );
  expect(found.slice(-2).map(([isTagFree]) => isTagFree)).toEqual([true, false]);
});
