import { type ConnectConditions, ConnectPolicy } from "../../../../../constructs";
import { clusterIn, stackOf, statementsOf } from "../../synth";

const statementsWith = (conditions: ConnectConditions, more: object = {}) => {
  const stack = stackOf();
  const clusters = [clusterIn(stack, { alsoManages: ["legacy_app@%"] })];
  return statementsOf(new ConnectPolicy(stack, "P", { clusters, conditions, ...more }).json);
};

describe("conditions of a policy", () => {
  it("are in each statement, next to that of the tag", () => {
    const conditions = {
      Bool: { "aws:MultiFactorAuthPresent": "true" },
      StringEquals: { "aws:PrincipalTag/Team": ["data", "platform"] },
    };
    const both = { "aws:PrincipalTag/Team": ["data", "platform"] };
    const multiFactor = { "aws:MultiFactorAuthPresent": ["true"] };
    expect(statementsWith(conditions).map(({ Condition }) => Condition)).toEqual([
      { Bool: multiFactor, StringEquals: both },
      { Bool: multiFactor, StringEquals: { ...both, "aws:PrincipalTag/UserName": "legacy_app" } },
    ]);
    expect(statementsWith(conditions, { users: ["bob"] }).map(({ Condition }) => Condition)).toEqual([
      { Bool: multiFactor, StringEquals: both },
    ]);
  });

  it("hold variables of IAM as text", () => {
    const [own] = statementsWith({ StringLike: { "aws:SourceIdentity": "${aws:username}*" } });
    expect(own!.Condition).toEqual({ StringLike: { "aws:SourceIdentity": ["$${aws:username}*"] } });
  });

  it.each([
    "aws:Referer",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserAgent",
    "aws:VpcSourceIp",
    "aws:CurrentTime",
    "rds:DatabaseEngine",
    "aws:PrincipalTag/",
  ])("cannot be about %s, which does not count at a login", key => {
    expect(() => statementsWith({ StringEquals: { [key]: "x" } })).toThrow(
      /`conditions` must have keys that count at a login/,
    );
  });

  test.each<[string, ConnectConditions]>([
    ["an operator that IAM does not have", { Equals: { "aws:username": "x" } }],
    ["the tag that names the account", { StringEquals: { "aws:principaltag/username": "x" } }],
    ["no value", { StringEquals: { "aws:username": [] } }],
    ["an empty value", { StringEquals: { "aws:username": "" } }],
  ])("are refused with %s", (_, conditions) => {
    expect(() => statementsWith(conditions)).toThrow(/`conditions` must/);
  });
});
