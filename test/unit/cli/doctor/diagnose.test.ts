import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { diagnose } from "../../../../cli/doctor/diagnose";
import type { Facts } from "../../../../cli/doctor/facts";
import { cluster, codeOf, HEALTHY, HOST, held, REFUSED, refused, roster } from "./facts-fixture";

test("a login that works has no cause, whatever else is found", () => {
  expect(diagnose(HEALTHY).cause).toBeUndefined();
  const strange: Partial<Facts> = {
    clockAhead: { seen: 9e5 },
    clusterAccount: "999999999999",
    credentials: { kind: "missing", reason: "x" },
  };
  expect(codeOf(strange, HEALTHY)).toBeUndefined();
});

test.each<[string, Partial<Facts>]>([
  ["account-absent", { held: { seen: [] } }],
  ["account-plugin", held({ plugin: "caching_sha2_password" })],
  ["account-locked", held({ locked: true })],
  ["account-host", held({ host: "10.9.%" })],
  [
    "account-host",
    { declared: { roster, account: { ...roster.accounts["sl_jane.doe"]!, hosts: ["192.168.0.0/16"] } } },
  ],
  [
    "login-by-password",
    { declared: { roster, account: { ...roster.accounts["sl_jane.doe"]!, login: "password" } } },
  ],
  ["password-over", { login: refused(1862) }],
  [
    "account-absent",
    { login: { ...refused(1130, "Host '10.1.2.3' is not allowed to connect"), isVerified: false } },
  ],
  ["cluster-stopped", cluster({ status: "stopped" })],
  ["account-absent", { login: { kind: "plugin", plugin: "caching_sha2_password" } }],
  ["server-full", { login: refused(1040, "Too many connections", false) }],
  ["account-limit", { login: refused(1203) }],
  ["host-blocked", { login: refused(1129, "blocked", false) }],
  ["server-error", { login: refused(1105, "strange") }],
  ["token-refused", held()],
  ["policy-denied", { policies: { simulated: { seen: "implicitDeny" }, documents: { unseen: "denied" } } }],
  [
    "tag",
    {
      caller: { seen: { arn: "arn:aws:iam::111122223333:user/x", accountId: "111122223333", name: "x" } },
      tags: { seen: { UserName: "john" } },
    },
  ],
  ["token-name", { host: "db.example.com", rds: { unseen: "x" }, alias: { seen: HOST } }],
  [
    "wrong-region",
    { host: "db.example.com", rds: { unseen: "x" }, alias: { seen: HOST.replace("eu-west-1", "eu-west-2") } },
  ],
  ["no-mysql", { login: { kind: "protocol", reason: "HTTP" } }],
  ["network", { login: { kind: "network", code: "TIMEOUT", reason: "no answer in 8 s" } }],
  ["tls", { login: { kind: "tls", code: "CERT_HAS_EXPIRED", reason: "certificate has expired" } }],
  ["not-a-person", { account: undefined, declared: { unseen: "no folder" } }],
  [
    "unknown",
    { account: undefined, caller: { unseen: "STS could not be asked" }, login: { kind: "no-token" } },
  ],
])("%s", (code, difference) => {
  expect(codeOf(difference)).toBe(code);
});

test("what is certain counts before a doubt, and the first of each counts", () => {
  const tags = { seen: { UserName: "john" } };
  expect(diagnose({ ...REFUSED, tags }).cause).toMatchObject({ code: "tag", result: "doubt" });
  expect(codeOf({ tags, held: { seen: [] } })).toBe("account-absent");
  expect(codeOf({ tags, held: { seen: [] }, clockAhead: { seen: 9e5 } })).toBe("clock");
});

test.each<[string | undefined, string, readonly string[]]>([
  [undefined, "sl_jane.doe@%", ["GRANT ALL PRIVILEGES ON `or_ders`.* TO `sl_jane.doe`@`%`"]],
  [undefined, "sl_jane.doe@%", ["GRANT SELECT, INSERT ON *.* TO `sl_jane.doe`@`%`"]],
  ["role-not-in-force", "sl_jane.doe@%", ["GRANT SELECT ON `or_ders`.* TO `sl_jane.doe`@`%`"]],
  ["role-not-in-force", "sl_jane.doe@%", ["GRANT SELECT, INSERT ON `orders`.* TO `sl_jane.doe`@`%`"]],
  [
    "role-not-in-force",
    "sl_jane.doe@%",
    ["GRANT SELECT, INSERT ON *.* TO `a`@`%`", "REVOKE INSERT ON `or_ders`.* FROM `a`@`%`"],
  ],
  ["other-account", "@10.%", []],
])("after a login: %s for %s with %j", (code, currentUser, grants) => {
  expect(codeOf({ login: { kind: "in", currentUser, grants } }, HEALTHY)).toBe(code);
});

test("each sentence is one, and says what to do", () => {
  const texts = [REFUSED, { ...REFUSED, held: { seen: [] } }].map(facts => diagnose(facts).cause!.text);
  for (const text of texts) expect(text).toMatch(/^[^:]+: [^:]+\.$/);
});

test("docs/doctor.md has each code, and no other", () => {
  const folder = join("cli", "doctor");
  const sources = [
    ...readdirSync(folder).map(name => join(folder, name)),
    join("cli", "commands", "doctor.ts"),
  ];
  const codes = sources.flatMap(file => [
    ...readFileSync(file, "utf8").matchAll(/\b(?:(?:wrong|doubt|say)\(\s*|code: )"([a-z-]+)"/g),
  ]);
  const page = readFileSync(join("docs", "doctor.md"), "utf8");
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
  expect([...listed].sort()).toEqual([...new Set(codes.map(([, code]) => code))].sort());
});
