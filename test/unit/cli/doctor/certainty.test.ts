import { diagnose } from "../../../../cli/doctor/diagnose";
import type { Facts } from "../../../../cli/doctor/facts";
import type { LoginOutcome } from "../../../../cli/doctor/login-outcome";
import { cluster, HEALTHY, HOST, held, REFUSED, refused, roster } from "./facts-fixture";

const causeOf = (difference: Partial<Facts>) => {
  const { cause } = diagnose({ ...REFUSED, ...difference });
  return cause && `${cause.result} ${cause.code}`;
};
const textOf = (difference: Partial<Facts>) => diagnose({ ...REFUSED, ...difference }).cause!.text;
const jane = roster.accounts["sl_jane.doe"]!;
const from = (host: string): LoginOutcome => ({ ...refused(1045), client: host });
const at = (...hosts: [host: string, locked: boolean][]): Partial<Facts> => ({
  held: {
    seen: hosts.map(([host, locked]) => ({
      user: "sl_jane.doe",
      host,
      locked,
      plugin: "AWSAuthenticationPlugin",
    })),
  },
});
const denied = { simulated: { unseen: "denied" } };
const documents = (Statement: object): Pick<Facts, "policies"> => ({
  policies: { ...denied, documents: { seen: [{ name: "p", document: { Statement } }] } },
});
const RESOURCE = `arn:aws:rds-db:eu-west-1:111122223333:dbuser:cluster-A/sl_\${aws:PrincipalTag/UserName}`;
const allow = (more: object) =>
  documents({ Effect: "Allow", Action: "rds-db:connect", Resource: RESOURCE, ...more });
const ofUser: Facts["caller"] = {
  seen: { arn: "arn:aws:iam::111122223333:user/x", accountId: "111122223333", name: "x" },
};
const root: Facts["caller"] = {
  seen: { arn: "arn:aws:iam::111122223333:root", accountId: "111122223333", name: undefined },
};

test.each<[string, string | undefined, Partial<Facts>]>([
  ["a cluster that RDS lacks in its own account", "wrong cluster-absent", { rds: { seen: undefined } }],
  [
    "a cluster that RDS lacks in an account that may be another",
    "doubt cluster-absent",
    { rds: { seen: undefined }, clusterAccount: undefined },
  ],
  [
    "credentials that a provider lacks",
    "wrong no-credentials",
    { credentials: { kind: "missing", reason: "x" } },
  ],
  [
    "credentials that the network keeps back",
    "doubt no-credentials",
    { credentials: { kind: "missing", reason: "x", isNetwork: true } },
  ],
  ["the root user", "wrong not-a-person", { caller: root, account: undefined }],
  [
    "an account with a password, which has no policy",
    "wrong login-by-password",
    { ...documents([]), declared: { roster, account: { ...jane, login: "password" } } },
  ],
  [
    "an account that is not declared, where the server asked for a token",
    "doubt not-declared",
    { declared: { roster }, login: refused(1045, "Access denied") },
  ],
  [
    "an account that is not declared, where it asked for none",
    "wrong not-declared",
    { declared: { roster }, login: refused(1045, "Access denied", false) },
  ],
  ["an error before TLS", "doubt server-full", { login: { ...refused(1040), isVerified: false } }],
  ["an error within TLS", "wrong server-full", { login: refused(1040) }],
  [
    "an address in an answer before TLS",
    "doubt account-host",
    {
      ...held({ host: "10.9.%" }),
      login: { ...refused(1130), client: "10.1.2.3", isVerified: false },
    },
  ],
  [
    "the tag of a user, without a policy that was read",
    "doubt tag",
    { caller: ofUser, tags: { seen: { UserName: "john" } } },
  ],
  [
    "the tag of a user, and a policy that depends on it",
    "wrong tag",
    { ...allow({}), caller: ofUser, tags: { seen: { UserName: "john" } } },
  ],
  [
    "a condition on another tag",
    "doubt policy-conditions",
    allow({ Condition: { StringEquals: { "aws:PrincipalTag/Team": "orders" } } }),
  ],
  [
    "a condition with a boolean",
    "doubt policy-conditions",
    allow({ Condition: { Bool: { "aws:MultiFactorAuthPresent": true } } }),
  ],
  [
    "a variable that is not known",
    "doubt policy-conditions",
    allow({ Resource: RESOURCE.replace("aws:PrincipalTag/UserName", "aws:userid") }),
  ],
  ["a statement that cannot be read", "doubt token-refused", documents({ Effect: "Allow", Action: 1 })],
])("%s: %s", (_, expected, difference) => {
  expect(causeOf(difference)).toBe(expected);
});

test("of several hosts the nearest one that matches counts, as on the server", () => {
  const login = from("10.1.2.3");
  expect(causeOf({ ...at(["%", true], ["10.1.%", false]), login })).toBe("doubt token-refused");
  expect(causeOf({ ...at(["%", false], ["10.1.%", true]), login })).toBe("wrong account-locked");
  expect(causeOf({ ...at(["%", true], ["10.9.%", false]), login })).toBe("wrong account-locked");
  // The server shows a name, and the address is not known: nothing is sure.
  expect(causeOf({ ...at(["%", true], ["10.1.%", false]), login: from("client.internal") })).toBe(
    "doubt token-refused",
  );
  expect(causeOf({ ...at(["%", true], ["10.1.%", false]), login: { ...refused(1045) } })).toBe(
    "doubt token-refused",
  );
});

test("the sentences name the provider's reason, the profile and the account", () => {
  const missing = { credentials: { kind: "missing", reason: "Profile dev not found" } } as const;
  expect(textOf({ ...missing, profile: "dev" })).toMatch(/of the profile dev here \(Profile dev not found\)/);
  expect(textOf({ caller: { refused: "ExpiredToken" }, profile: "dev" })).toMatch(
    /of the profile dev \(ExpiredToken/,
  );
  expect(textOf({ rds: { seen: undefined }, clusterAccount: undefined })).toMatch(
    /AWS account 111122223333: .*AWS_PROFILE/,
  );
});

test.each<[RegExp, Partial<Facts>]>([
  [/^Nothing answers at /, {}],
  [/^A connection is open to .* but no server greets/, { login: late("connected") }],
  [/^The server greets at .* but TLS does not begin/, { login: late("greeted") }],
  [/^TLS is verified with .* but it does not answer the login/, { login: late("verified") }],
  [/: try again, as a paused cluster takes /, cluster({ mayPause: true })],
  [
    /^The tunnel at localhost:1 takes connections, .*: look at its far side/,
    { via: "localhost:1", login: { kind: "network", code: "ENDED", reason: "x", stage: "connected" } },
  ],
])("how far an attempt came: %s", (text, difference) => {
  const facts = { login: late("nothing"), ...difference };
  expect(textOf(facts)).toMatch(text);
  expect(causeOf(facts)).toBe("wrong network");
});

function late(stage: "nothing" | "connected" | "greeted" | "verified"): LoginOutcome {
  return { kind: "network", code: "TIMEOUT", reason: "no answer in 8 s", stage };
}

test("the writer endpoint of a global database is a name of RDS", () => {
  const host = "orders.global-abc123.global.rds.amazonaws.com";
  const { checks } = diagnose({ ...HEALTHY, host, alias: { seen: HOST } });
  expect(checks.find(({ name }) => name === "token's name")!.verdict).toMatchObject({ result: "ok" });
});

test("what came before TLS says nothing of a certificate", () => {
  const { checks } = diagnose({ ...REFUSED, login: { ...refused(1040), isVerified: false } });
  expect(checks.find(({ name }) => name === "TLS")!.verdict).toMatchObject({ result: "not seen" });
});
