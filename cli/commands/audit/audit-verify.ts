import {
  type Anchor,
  type AuditFinding,
  auditPartition,
  ChainVerifier,
  clusterOfPartition,
  isRefusals,
} from "../../../core/audit";
import { byCodeUnit } from "../../../core/json";
import { printable } from "../../../core/printable";
import { type Arguments, type Command, type Io, jsonOption, printJson } from "../../terminal/command";
import { UsageError } from "../../terminal/errors";
import { sha256 } from "../../terminal/sha256";
import { counted } from "../../terminal/table";
import { openTable, regionOption, tableOption } from "./audit";
import { type Anchors, readAnchors } from "./audit-anchors";
import type { AuditTable } from "./audit-table";
import { assertRecordedClusters } from "./recorded-names";

const WITHOUT_ANCHORS =
  "No anchors were compared. Without them, two faults do not show: items cut off the end together with the head, and a chain " +
  "that was rewritten to its end.";

/** `aurora-users audit verify`: finds manipulations of the audit trail. */
export const auditVerify: Command = {
  name: "audit verify",
  summary: "find items of the audit trail that were altered, removed, inserted or cut off",
  details: [
    "Needs dynamodb:Query and dynamodb:Scan on the table; for --bucket, s3:ListBucketVersions and s3:GetObjectVersion. Exit code 1",
    "if there is a finding. Each function's log holds the same heads as the bucket (`audit head`: chain, seq, hash); give one with",
    "--head.",
  ].join("\n"),
  positionals: [],
  options: {
    cluster: { kind: "texts", value: "<name>", summary: "only this cluster; may be given several times" },
    bucket: {
      kind: "text",
      value: "<name>",
      summary: "the bucket that holds the anchors, all of which are compared",
    },
    prefix: {
      kind: "text",
      value: "<text>",
      summary: "the prefix of the anchors' keys (default: aurora-users)",
    },
    head: {
      kind: "texts",
      value: "<cluster=seq:hash>",
      summary: "an item that must exist, from a function's log; may be given several times",
    },
    table: tableOption,
    region: regionOption,
    json: jsonOption,
  },
  async run(args, io) {
    const given = args.texts("head").map(headOf);
    if (args.text("prefix") !== undefined && args.text("bucket") === undefined)
      throw new UsageError("`--prefix` is a prefix in a bucket: `--bucket <name>` is missing");
    const table = await openTable(args);
    try {
      // Read before the items: an anchor that is written meanwhile would seem to name an item that is
      // missing.
      const anchors = await anchorsOf(args, io);
      const chains = await chainsOf(table, args, anchors, given);
      const findings = [...anchors.findings].filter(({ partition }) => chains.includes(partition));
      let items = 0;
      for (const chain of chains) {
        const known = new Map(anchors.byChain.get(chain));
        for (const head of given) if (head.chain === chain) known.set(head.anchor.seq, head.anchor);
        const verifier = new ChainVerifier(chain, known, sha256);
        const progress = (count: number) => io.progress?.(`${items + count} items, now ${chain}`);
        findings.push(...(await verify(table, chain, verifier, progress)));
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

/**
 * Reads a chain and its head. The head may name an item that was written after the last one read: then reads
 * on.
 */
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
  if (bucket === undefined) return { byChain: new Map(), findings: [], count: 0 };
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
  const others = [
    ...anchors.byChain.keys(),
    ...anchors.findings.map(({ partition }) => partition),
    ...given.map(({ chain }) => chain),
  ];
  if (named.length > 0) {
    // Of a chain that is gone as a whole, an anchor or a log still knows.
    const known = new Set(others.map(clusterOfPartition));
    await assertRecordedClusters(
      table,
      named.filter(cluster => !known.has(cluster)),
    );
    return named.flatMap(cluster => [cluster, auditPartition("refused", cluster)]);
  }
  const stored = await table.chains({ evenWithoutHead: true });
  return [...new Set([...stored, ...others])].sort(byCodeUnit);
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
  for (const { kind, partition, message, when } of findings) {
    const written = when === undefined ? "" : ` (written ${when})`;
    io.err(printable(`${nameOf(partition)}: ${kind}: ${message}${written}`));
  }
  const items = `${counted(checked.items, "item")} in ${counted(checked.chains, "chain")}`;
  const what = `${items}, ${counted(checked.anchors, "anchor")}`;
  const summary =
    findings.length === 0 ? `${what}: whole` : `${what}: ${counted(findings.length, "finding")}`;
  (findings.length === 0 ? io.out : io.err)(summary);
  if (!anchored) io.err(WITHOUT_ANCHORS);
}

const nameOf = (chain: string): string =>
  isRefusals(chain) ? `${clusterOfPartition(chain)} (refused)` : chain;
