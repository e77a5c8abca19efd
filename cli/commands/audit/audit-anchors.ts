import type { S3Client } from "@aws-sdk/client-s3";
import * as z from "zod";
import { type Anchor, type AuditFinding, positionOf } from "../../../core/audit";
import { byCodeUnit, defined, parseJson } from "../../../core/json";
import { askAws, assertRegion } from "../../terminal/aws-problem";

type Sdk = typeof import("@aws-sdk/client-s3");

/** Anchors read at the same time: they are small, and there may be thousands of them. */
const AT_ONCE = 32;
const anchorSchema = z.looseObject({
  pk: z.string(),
  seq: z.int(),
  hash: z.string(),
  when: z.string().optional(),
});

/** The anchors of a bucket: heads of chains, as they were written. */
export interface Anchors {
  /** By chain, then by position. */
  readonly byChain: ReadonlyMap<string, ReadonlyMap<number, Anchor>>;
  /** Objects that are not anchors, or that were written again with other content. */
  readonly findings: readonly AuditFinding[];
  readonly count: number;
}

interface Version {
  readonly key: string;
  readonly id: string | undefined;
  readonly modified: number;
}

/**
 * Reads every anchor below a prefix. The first version of each object counts: anyone who may write to the
 * bucket can add a later version, and object lock keeps the first.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export async function readAnchors(
  bucket: string,
  prefix: string,
  region: string | undefined,
  progress: (count: number) => void,
): Promise<Anchors> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({ ...defined({ region }), followRegionRedirects: true });
  try {
    await assertRegion(client);
    return await new AnchorBucket(sdk, client, bucket, prefix).read(progress);
  } finally {
    client.destroy();
  }
}

class AnchorBucket {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(sdk: Sdk, client: S3Client, bucket: string, prefix: string) {
    this.#sdk = sdk;
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  async read(progress: (count: number) => void): Promise<Anchors> {
    const versions = await this.#listVersions();
    const byChain = new Map<string, Map<number, Anchor>>();
    const findings: AuditFinding[] = [];
    const keys = [...versions.keys()].sort(byCodeUnit);
    for (let done = 0; done < keys.length; done += AT_ONCE) {
      const some = keys.slice(done, done + AT_ONCE);
      const read = await Promise.all(some.map(key => this.#readKey(versions.get(key)!)));
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
  }

  /** All versions of each anchor's object, oldest first. Ignores other objects below the prefix. */
  async #listVersions(): Promise<Map<string, Version[]>> {
    const versions = new Map<string, Version[]>();
    const input = { Bucket: this.#bucket, Prefix: this.#prefix };
    let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (let more = true; more; ) {
      const command = new this.#sdk.ListObjectVersionsCommand({ ...input, ...marker });
      const page = await askAws(this.#call("ListBucketVersions"), () => this.#client.send(command));
      for (const { Key: key = "", VersionId: id, LastModified } of page.Versions ?? []) {
        if (!this.#positionOf(key)) continue;
        const modified = LastModified?.getTime() ?? 0;
        versions.set(key, [...(versions.get(key) ?? []), { key, id, modified }]);
      }
      more = page.IsTruncated === true;
      marker = defined({ KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker });
    }
    // S3 lists the latest version first; of two in the same second, the one that it lists last is the older.
    for (const all of versions.values()) all.reverse().sort((a, b) => a.modified - b.modified);
    return versions;
  }

  /** The chain and the position that a key names: `<prefix><chain>/<position>.json`. */
  #positionOf(key: string): { chain: string; seq: number } | undefined {
    const [, chain, position] = /^([^/]+)\/(\d{12})\.json$/.exec(key.slice(this.#prefix.length)) ?? [];
    const seq = positionOf(position);
    return chain === undefined || seq === undefined ? undefined : { chain, seq };
  }

  async #readKey(versions: readonly Version[]) {
    const { key } = versions[0]!;
    const { chain, seq } = this.#positionOf(key)!;
    const texts = await Promise.all(versions.map(version => this.#readVersion(version)));
    const [first, ...later] = texts.map(text => anchorOf(text, chain, seq));
    const faults: string[] = [];
    if (!first) faults.push(`the content of the anchor ${key} is not that of an anchor with this name`);
    if (later.some(anchor => anchor?.hash !== first?.hash))
      faults.push(`the anchor ${key} was written again with other content`);
    return { chain, seq, anchor: first, faults };
  }

  #readVersion({ key, id }: Version): Promise<string> {
    const version = defined({ VersionId: id === "null" ? undefined : id });
    const command = new this.#sdk.GetObjectCommand({ Bucket: this.#bucket, Key: key, ...version });
    return askAws(this.#call("GetObjectVersion"), async () => {
      const { Body } = await this.#client.send(command);
      return (await Body?.transformToString()) ?? "";
    });
  }

  #call(operation: string) {
    return { what: `the bucket ${this.#bucket}`, permission: `s3:${operation}` };
  }
}

function anchorOf(text: string, chain: string, seq: number): Anchor | undefined {
  const read = parseJson(text);
  const { data } = anchorSchema.safeParse("value" in read ? read.value : undefined);
  if (data?.pk !== chain || data.seq !== seq) return undefined;
  return { seq, ...defined({ hash: data.hash, when: data.when }) };
}
