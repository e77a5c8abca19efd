import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fakeAws } from "../../fake-aws";
import { runCli } from "../../run-cli";

const KEYS = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_REGION: "eu-west-1" };
export const TEAMS = `# reviewed by the leads
pay:
  group: Payments developers
  owner: {name: T Z, email: t@example.com}
  members:
    - john  # since 2019
    - ann
  grants: [{cluster: orders, databases: [orders], role: read}]
hand:
  owner: {name: T Z, email: t@example.com}
  members: [ann]
  grants: []
`;

/** The users of a group, or of several by their names; `ann|DISABLED` has that status. */
type Users = readonly string[] | Readonly<Record<string, readonly string[]>>;

const isOne = (users: Users): users is readonly string[] => Array.isArray(users);

/** A directory whose groups have these users, two a page. */
const directory = (users: Users, answers: Record<string, object | undefined>) => {
  const groups = Object.entries(isOne(users) ? { "Payments developers": users } : users);
  const asked: string[] = [];
  const answer = (target: string, body: string) => {
    const operation = target.split(".")[1]!;
    const input = JSON.parse(body || "{}");
    asked.push(operation);
    if (operation in answers) return answers[operation];
    if (operation === "ListInstances") return { Instances: [{ IdentityStoreId: "d-1" }] };
    if (operation === "GetGroupId") {
      const { AttributeValue } = input.AlternateIdentifier.UniqueAttribute;
      const at = groups.findIndex(([name]) => name === AttributeValue);
      return at >= 0 && input.IdentityStoreId === "d-1"
        ? { GroupId: String(at) }
        : { __type: "ResourceNotFoundException" };
    }
    if (operation === "ListGroupMemberships") {
      const from = Number(input.NextToken ?? 0);
      const members = groups[input.GroupId]![1];
      const page = members.slice(from, from + 2);
      return {
        GroupMemberships: page.map(UserId => ({ MemberId: { UserId: `id-${UserId}` } })),
        NextToken: from + 2 < members.length ? String(from + 2) : null,
      };
    }
    const [UserName = "", UserStatus] = String(input.UserId).slice(3).split("|");
    const Emails = [{ Value: `${UserName}@example.com` }];
    return UserName === "gone"
      ? { __type: "ResourceNotFoundException", ResourceType: "USER" }
      : { UserName, DisplayName: `It's ${UserName}`, Emails, UserStatus };
  };
  return { answer, asked };
};

/** A users folder for each test, with `TEAMS`, and `sync`, which runs the command on it. */
export function syncedFolder() {
  let folder: string;
  let closes: (() => void)[] = [];
  const path = (name: string) => join(folder, name);
  const file = () => join(folder, "teams.yaml");
  const read = () => readFileSync(file(), "utf8");
  const sync = async (
    users: Users,
    options: readonly string[] = [],
    answers: Record<string, object | undefined> = {},
  ) => {
    const { answer, asked } = directory(users, answers);
    const { close, url } = await fakeAws(answer);
    closes.push(close);
    const environment = { ...process.env };
    Object.assign(process.env, KEYS);
    try {
      const result = await runCli(["teams", "sync", folder, ...options], { ...KEYS, AWS_ENDPOINT_URL: url });
      return { ...result, asked };
    } finally {
      process.env = environment;
    }
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "teams-"));
    for (const name of ["jane", "john", "ann"])
      writeFileSync(join(folder, `${name}.yaml`), `name: ${name}\nemail: ${name}@example.com\ngrants: []\n`);
    writeFileSync(file(), TEAMS);
  });
  afterEach(() => {
    for (const close of closes) close();
    closes = [];
    rmSync(folder, { recursive: true });
  });
  return { file, path, read, sync, folder: () => folder };
}
