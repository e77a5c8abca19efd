import { createHash } from "node:crypto";
import {
  type Anchor,
  type AuditFinding,
  auditPartition,
  ChainVerifier,
  isRefusals,
} from "../../../core/audit";
import { byCodeUnit } from "../../../core/json";
import {
  type Arguments,
  type Command,
  type Io,
  jsonOption,
  printJson,
  UsageError,
} from "../../terminal/command";
import { counted, printable } from "../../terminal/table";
import { openTable, regionOption, tableOption } from "./audit";
import { type Anchors, readAnchors } from "./audit-anchors";
import type { AuditTable } from "./audit-table";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const WITHOUT_ANCHORS =
  "No anchors were looked at: a tail that was cut off together with the head, or a chain made anew to its end, would not show.";

/** `aurora-users audit verify`: whether the audit trail still says what was written. */
export const auditVerify: Command = {
  name: "audit verify",
  summary: "find what was altered, taken out, put in or cut off in the audit trail",
  details: [
    "Needs dynamodb:Query and dynamodb:Scan on the table, and for --bucket s3:ListBucketVersions and s3:GetObjectVersion. Exit code 1",
    "where anything is found. Each function's log holds the same heads as the bucket (`audit head`: chain, seq, hash): give one with --head.",
  ].join("\n"),
  positionals: [],
  options: {
    cluster: { kind: "texts", value: "<name>", summary: "only this cluster; may be given several times" },
    bucket: { kind: "text", value: "<name>", summary: "the bucket that holds the anchors: each is compared" },
    prefix: {
      kind: "text",
      value: "<text>",
      summary: "what the anchors' keys begin with (default: aurora-users)",
    },
    head: {
      kind: "texts",
      value: "<cluster=seq:hash>",
      summary: "an item that must be there, as a log has it; may be given several times",
    },
    table: tableOption,
    region: regionOption,
    json: jsonOption,
  },
  async run(args, io) {
    const given = args.texts("head").map(headOf);
    const table = await openTable(args);
    try {
      // Before the items: an anchor that is put while they are read must not seem to name one that is gone.
      const anchors = await anchorsOf(args, io);
      const chains = await chainsOf(table, args, anchors, given);
      const findings = [...anchors.findings].filter(({ partition }) => chains.includes(partition));
      let items = 0;
      for (const chain of chains) {
        const known = new Map(anchors.byChain.get(chain));
        for (const head of given) if (head.chain === chain) known.set(head.anchor.seq, head.anchor);
        const verifier = new ChainVerifier(chain, known, sha256);
        findings.push(
          ...(await verify(table, chain, verifier, count =>
            io.progress?.(`${items + count} items, now ${chain}`),
          )),
        );
        items += verifier.count;
      }
      io.progress?.("");
      const checked = { chains: chains.length, items, anchors: anchors.count + given.length };
      report(findings, checked, args, io);
      return findings.length > 0 ? 1 : 0;
    } finally {
      io.progress?.("");
      table.close();
    }
  },
};

/** Reads a chain and its head. Writers go on meanwhile, so the head may name an item that came after the last one read. */
async function verify(
  table: AuditTable,
  chain: string,
  verifier: ChainVerifier,
  progress: (count: number) => void,
) {
  for (;;) {
    const before = verifier.count;
    for await (const page of table.itemsAfter(chain, verifier.last)) {
      for (const item of page) verifier.add(item);
      progress(verifier.count);
    }
    const head = await table.head(chain);
    if (head === undefined || head.seq <= verifier.last || verifier.count === before)
      return verifier.finish(head);
  }
}

async function anchorsOf(args: Arguments, io: Io): Promise<Anchors> {
  const bucket = args.text("bucket");
  const prefix = args.text("prefix") ?? "aurora-users";
  if (bucket === undefined) {
    if (args.text("prefix") !== undefined)
      throw new UsageError("`--prefix` says where in a bucket: `--bucket <name>` is missing");
    return { byChain: new Map(), findings: [], count: 0 };
  }
  const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`;
  return readAnchors(bucket, folder, args.text("region"), count =>
    io.progress?.(`${counted(count, "anchor")} read`),
  );
}

async function chainsOf(
  table: AuditTable,
  args: Arguments,
  anchors: Anchors,
  given: readonly GivenHead[],
): Promise<string[]> {
  const named = args.texts("cluster");
  if (named.length > 0) return named.flatMap(cluster => [cluster, auditPartition("refused", cluster)]);
  const stored = await table.chains({ evenWithoutHead: true });
  const said = [
    ...anchors.byChain.keys(),
    ...anchors.findings.map(({ partition }) => partition),
    ...given.map(({ chain }) => chain),
  ];
  return [...new Set([...stored, ...said])].sort(byCodeUnit);
}

interface GivenHead {
  readonly chain: string;
  readonly anchor: Anchor;
}

function headOf(text: string): GivenHead {
  const [, chain, seq, hash] = /^(.+)=(\d{1,12}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (chain === undefined || hash === undefined || Number(seq) < 1)
    throw new UsageError(
      `\`--head\` must be <cluster>=<seq>:<hash>, as in a log's "audit head", but is "${text}"`,
    );
  return { chain, anchor: { seq: Number(seq), hash } };
}

interface Checked {
  readonly chains: number;
  readonly items: number;
  readonly anchors: number;
}

function report(findings: readonly AuditFinding[], checked: Checked, args: Arguments, io: Io): void {
  const anchored = checked.anchors > 0 || args.text("bucket") !== undefined;
  if (args.flag("json")) {
    printJson(io, { whole: findings.length === 0, findings, checked, anchored });
    return;
  }
  for (const { kind, partition, message, when } of findings)
    io.err(
      printable(`${nameOf(partition)}: ${kind}: ${message}${when === undefined ? "" : ` (written ${when})`}`),
    );
  const what = `${counted(checked.items, "item")} in ${counted(checked.chains, "chain")}, ${counted(checked.anchors, "anchor")}`;
  const summary =
    findings.length === 0 ? `${what}: whole` : `${what}: ${counted(findings.length, "finding")}`;
  (findings.length === 0 ? io.out : io.err)(summary);
  if (!anchored) io.err(WITHOUT_ANCHORS);
}

const nameOf = (chain: string): string =>
  isRefusals(chain) ? `${chain.slice(chain.indexOf("#") + 1)} (refused)` : chain;
