import { type ConnectRequest, judgePolicies } from "../../../../cli/doctor/policy-decision";

const ARN = "arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-A";
const request: ConnectRequest = {
  accountId: "111122223333",
  region: "eu-west-1",
  resourceId: "cluster-A",
  account: "sl_jane.doe",
  tag: "jane.doe",
  username: undefined,
};
const allow = (Resource: string | string[], more: object = {}) => ({
  Effect: "Allow",
  Action: "rds-db:connect",
  Resource,
  ...more,
});
const judge = (...statements: object[]) =>
  judgePolicies([{ name: "p", document: { Statement: statements } }], request);
const allowed = (tags: string[] = [], conditions: string[] = []) => ({
  kind: "allowed",
  policy: "p",
  tags,
  conditions,
});

test.each<[string, object, object]>([
  ["the account by name", allow(`${ARN}/sl_jane.doe`), allowed()],
  ["the tag", allow(`${ARN}/sl_\${aws:PrincipalTag/UserName}`), allowed(["UserName"])],
  ["everything", { Effect: "Allow", Action: "*", Resource: "*" }, allowed()],
  ["all but IAM", { Effect: "Allow", NotAction: ["iam:*"], Resource: "*" }, allowed()],
  ["a pattern", allow(`${ARN}/sl_jane.???`), allowed()],
  ["a variable that is not known", allow(`${ARN}/sl_\${aws:userid}`), allowed([], ["aws:userid"])],
  ["capital letters", allow(`${ARN}/sl_Jane.Doe`), { kind: "other", resources: [`${ARN}/sl_Jane.Doe`] }],
  [
    "a dot that is no pattern",
    allow(`${ARN}/sl_janeXdoe`),
    { kind: "other", resources: [`${ARN}/sl_janeXdoe`] },
  ],
  [
    "the tag in a condition, too",
    allow(`${ARN}/sl_\${aws:PrincipalTag/UserName}`, {
      Condition: { StringEquals: { "aws:PrincipalTag/UserName": "jane.doe" } },
    }),
    allowed(["UserName"]),
  ],
  [
    "another tag in a condition, which is not judged",
    allow(`${ARN}/sl_*`, { Condition: { StringEquals: { "aws:PrincipalTag/UserName": ["x"] } } }),
    allowed([], ["aws:PrincipalTag/UserName"]),
  ],
  [
    "a condition that is not judged",
    allow(`${ARN}/*`, { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }),
    allowed([], ["aws:MultiFactorAuthPresent"]),
  ],
  ["another action", { Effect: "Allow", Action: "rds:*", Resource: "*" }, { kind: "none" }],
  ["a statement that cannot be read", { Effect: "Perhaps" }, { kind: "unreadable", policy: "p" }],
])("a policy with %s", (_, statement, decision) => {
  expect(judge(statement)).toEqual(decision);
});

test("a denial counts before what allows, but not under a condition that is not judged", () => {
  const all = allow("*");
  const deny = { Effect: "Deny", Action: "RDS-DB:*", Resource: "*" };
  expect(judge(all, deny)).toEqual({ kind: "denied", policy: "p" });
  expect(judge(all, { ...deny, NotResource: [`${ARN}/*`], Resource: undefined })).toEqual(allowed());
  expect(judge(all, { ...deny, Condition: { Bool: { "aws:ViaAWSService": "true" } } })).toEqual(allowed());
});

test("a user of IAM has a name, and a session has none", () => {
  const documents = [{ name: "p", document: { Statement: allow(`${ARN}/sl_\${aws:username}`) } }];
  expect(judgePolicies(documents, { ...request, username: "jane.doe" })).toEqual(allowed());
  expect(judgePolicies(documents, request)).toMatchObject({ kind: "other" });
});
