import { askAws, assertRegion } from "../../../../../cli/terminal/aws-problem";
import { parseTime } from "../../../../../cli/terminal/parse-time";
import { shortened, tableText } from "../../../../../cli/terminal/table";
import { printable } from "../../../../../core/printable";
import { runCli } from "../../run-cli";

const now = new Date("2026-11-20T12:00:00Z");

test.each([
  ["24h", "start", "2026-11-19T12:00:00.000Z"],
  ["7d", "end", "2026-11-13T12:00:00.000Z"],
  ["2w", "start", "2026-11-06T12:00:00.000Z"],
  ["2026-11-01", "start", "2026-11-01T00:00:00.000Z"],
  ["2026-11-01", "end", "2026-11-02T00:00:00.000Z"],
  ["2026-11-01T10:00+02:00", "start", "2026-11-01T08:00:00.000Z"],
] as const)("%s, as the %s of a time, is %s", (text, edge, expected) => {
  expect(parseTime("since", text, now, edge).toISOString()).toBe(expected);
});

test.each([
  [
    ["audit", "--since", "yesterday"],
    '`--since` must be a date (2027-03-31), a timestamp with its zone, or a time ago (24h, 7d, 2w), but is "yesterday"',
  ],
  [
    ["audit", "verify", "--head", "orders=5"],
    '`--head` must be <cluster>=<seq>:<hash>, as in a log\'s "audit head", but is "orders=5"',
  ],
  [["audit", "verify", "--prefix", "x"], "`--prefix` is a prefix in a bucket: `--bucket <name>` is missing"],
  [["audit", "verfy"], 'unknown command "audit verfy"; did you mean "audit verify"?'],
  [["audit", "orders"], '"orders" is one argument too many; see `aurora-users audit --help`'],
])("%j is refused", async (argv, message) => {
  expect(await runCli(argv)).toEqual({ code: 2, out: "", err: `aurora-users: ${message}` });
});

test("text from the table does nothing to a terminal", () => {
  const hostile = "a\u001b[31mred\u009b2J\u202eb\nc\t";
  expect(printable(hostile)).toBe("a\\u{1b}[31mred\\u{9b}2J\\u{202e}b c ");
  expect(tableText(["X"], [[hostile]])).toBe("X\na\\u{1b}[31mred\\u{9b}2J\\u{202e}b c");
  expect(shortened("äöü", 2)).toBe("ä…");
});

test.each([
  ["AccessDenied", "x", "AWS denied access to the bucket b: the permission s3:GetObjectVersion is missing."],
  ["NoSuchBucket", "x", "There is no bucket b in this account and region."],
  [
    "CredentialsProviderError",
    "x",
    "There are no valid AWS credentials. Log in to AWS first (aws sso login, or AWS_PROFILE).",
  ],
  ["TimeoutError", "too slow", "Reading the bucket b failed: TimeoutError: too slow"],
])(
  "an error of AWS named %s (%s) becomes a sentence, and keeps its cause",
  async (name, message, sentence) => {
    const cause = Object.assign(new Error(message), { name });
    const call = { what: "the bucket b", permission: "s3:GetObjectVersion" };
    await expect(askAws(call, () => Promise.reject(cause))).rejects.toMatchObject({
      message: sentence,
      cause,
    });
  },
);

test.each([[["audit"]], [["audit", "verify"]]])(
  "%j without a region says so, and keeps its cause",
  async argv => {
    const before = { ...process.env };
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) delete process.env[name];
    Object.assign(process.env, { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" });
    try {
      const err = "The region is missing: give --region, or set AWS_REGION.";
      expect(await runCli(argv)).toEqual({ code: 1, out: "", err });
      const { S3Client } = await import("@aws-sdk/client-s3");
      await expect(assertRegion(new S3Client({}))).rejects.toMatchObject({
        message: err,
        cause: expect.objectContaining({ message: "Region is missing" }),
      });
    } finally {
      process.env = before;
    }
  },
);
