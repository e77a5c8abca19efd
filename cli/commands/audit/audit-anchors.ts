import type { S3Client } from "@aws-sdk/client-s3";
import { z } from "zod";
import { type Anchor, type AuditFinding, positionOf } from "../../../core/audit";
import { byCodeUnit } from "../../../core/json";
import { askAws } from "../../terminal/aws-problem";

type Sdk = typeof import("@aws-sdk/client-s3");

/** Anchors are small, and there may be thousands of them. */
const AT_ONCE = 32;
const anchorSchema = z.looseObject({
  pk: z.string(),
  seq: z.int(),
  hash: z.string(),
  when: z.string().optional(),
});

/** What a bucket says of the chains' heads. */
export interface Anchors {
  /** By chain, then by position. */
  readonly byChain: ReadonlyMap<string, ReadonlyMap<number, Anchor>>;
  /** Objects that are no anchors, or that were written again with something else. */
  readonly findings: readonly AuditFinding[];
  readonly count: number;
}

interface Version {
  readonly key: string;
  readonly id: string | undefined;
  readonly modified: number;
}

/**
 * Reads every anchor below a prefix, of each object the first version: whoever may write to the bucket can put a later one in front
 * of it, and object lock keeps the first.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export async function readAnchors(
  bucket: string,
  prefix: string,
  region: string | undefined,
  progress: (count: number) => void,
): Promise<Anchors> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({
    ...(region === undefined ? {} : { region }),
    followRegionRedirects: true,
  });
  try {
    const versions = await listVersions(sdk, client, bucket, prefix);
    const byChain = new Map<string, Map<number, Anchor>>();
    const findings: AuditFinding[] = [];
    const keys = [...versions.keys()].sort(byCodeUnit);
    for (let done = 0; done < keys.length; done += AT_ONCE) {
      const some = keys.slice(done, done + AT_ONCE);
      const read = await Promise.all(
        some.map(key => readKey(sdk, client, bucket, prefix, versions.get(key)!)),
      );
      for (const { chain, seq, anchor, faults } of read) {
        findings.push(
          ...faults.map(message => ({ kind: "anchor" as const, partition: chain, seq, message })),
        );
        if (!anchor) continue;
        if (!byChain.has(chain)) byChain.set(chain, new Map());
        byChain.get(chain)!.set(seq, anchor);
      }
      progress(done + some.length);
    }
    return { byChain, findings, count: keys.length };
  } finally {
    client.destroy();
  }
}

/** All versions of each anchor's object, oldest first. Other objects below the prefix are left alone. */
async function listVersions(
  sdk: Sdk,
  client: S3Client,
  Bucket: string,
  Prefix: string,
): Promise<Map<string, Version[]>> {
  const versions = new Map<string, Version[]>();
  const call = { what: `the bucket ${Bucket}`, permission: "s3:ListBucketVersions" };
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (let more = true; more; ) {
    const command = new sdk.ListObjectVersionsCommand({ Bucket, Prefix, ...marker });
    const page = await askAws(call, () => client.send(command));
    for (const { Key: key = "", VersionId: id, LastModified } of page.Versions ?? []) {
      if (!placeOf(key, Prefix)) continue;
      const modified = LastModified?.getTime() ?? 0;
      versions.set(key, [...(versions.get(key) ?? []), { key, id, modified }]);
    }
    more = page.IsTruncated === true;
    const { NextKeyMarker, NextVersionIdMarker } = page;
    marker = {
      ...(NextKeyMarker === undefined ? {} : { KeyMarker: NextKeyMarker }),
      ...(NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker }),
    };
  }
  // S3 lists the latest first; of two in the same second, the one listed last is the older.
  for (const of of versions.values()) of.reverse().sort((a, b) => a.modified - b.modified);
  return versions;
}

/** `<prefix><chain>/<position>.json` */
function placeOf(key: string, prefix: string): { chain: string; seq: number } | undefined {
  const [, chain, position] = /^([^/]+)\/(\d{12})\.json$/.exec(key.slice(prefix.length)) ?? [];
  const seq = positionOf(position);
  return chain === undefined || seq === undefined ? undefined : { chain, seq };
}

async function readKey(
  sdk: Sdk,
  client: S3Client,
  Bucket: string,
  prefix: string,
  versions: readonly Version[],
) {
  const { key } = versions[0]!;
  const { chain, seq } = placeOf(key, prefix)!;
  const call = { what: `the bucket ${Bucket}`, permission: "s3:GetObjectVersion" };
  const texts = await Promise.all(
    versions.map(({ id }) =>
      askAws(call, async () => {
        const versioned = id === undefined || id === "null" ? {} : { VersionId: id };
        const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket, Key: key, ...versioned }));
        return (await Body?.transformToString()) ?? "";
      }),
    ),
  );
  const anchors = texts.map(text => anchorOf(text, chain, seq));
  const [first, ...later] = anchors;
  const faults = [
    ...(first ? [] : [`the anchor ${key} does not say what an anchor of that name says`]),
    ...(later.some(anchor => anchor?.hash !== first?.hash)
      ? [`the anchor ${key} was written again with something else`]
      : []),
  ];
  return { chain, seq, anchor: first, faults };
}

function anchorOf(text: string, chain: string, seq: number): Anchor | undefined {
  try {
    const { success, data } = anchorSchema.safeParse(JSON.parse(text));
    if (!success || data.pk !== chain || data.seq !== seq) return undefined;
    return { seq, hash: data.hash, ...(data.when === undefined ? {} : { when: data.when }) };
  } catch {
    return undefined;
  }
}
