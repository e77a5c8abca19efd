import { parseJson } from "../../core/json";
import type { SecretVersions, Stage } from "../../lambdas/reconciler/secrets/secret-versions";

interface Version {
  readonly text: string;
  readonly stages: Set<string>;
}

/** Secrets Manager in memory. A secret without versions is as one that Terraform has just made. */
export class MemorySecrets implements SecretVersions {
  readonly #secrets = new Map<string, Map<string, Version>>();

  async read(secret: string, stage: Stage, id?: string) {
    const found = [...this.#of(secret)].find(
      ([version, { stages }]) => stages.has(stage) && (id === undefined || id === version),
    );
    return found && { id: found[0], text: found[1].text };
  }

  async write(secret: string, id: string, text: string): Promise<void> {
    const versions = this.#of(secret);
    const there = versions.get(id);
    if (there?.text === text) return;
    if (there) throw Object.assign(new Error("another text"), { name: "ResourceExistsException" });
    this.#secrets.set(secret, versions);
    versions.set(id, { text, stages: new Set() });
    this.#move(versions, "AWSPENDING", id);
  }

  async stages(secret: string) {
    return new Map([...this.#of(secret)].map(([id, { stages }]) => [id, [...stages]] as const));
  }

  async makeCurrent(secret: string, id: string): Promise<void> {
    const versions = this.#of(secret);
    const before = [...versions].find(([, { stages }]) => stages.has("AWSCURRENT"))?.[0];
    if (before === id) return;
    this.#move(versions, "AWSCURRENT", id);
    if (before) this.#move(versions, "AWSPREVIOUS", before);
  }

  /** The password of the current version, as a client reads it. */
  async current(secret: string): Promise<string | undefined> {
    const found = await this.read(secret, "AWSCURRENT");
    const json = parseJson(found?.text ?? "");
    return "value" in json ? (json.value as { password: string }).password : undefined;
  }

  /** As Terraform does once the account is not declared any more. */
  delete(secret: string): void {
    this.#secrets.delete(secret);
  }

  #of(secret: string): Map<string, Version> {
    return this.#secrets.get(secret) ?? new Map();
  }

  #move(versions: Map<string, Version>, stage: Stage, id: string): void {
    for (const { stages } of versions.values()) stages.delete(stage);
    versions.get(id)!.stages.add(stage);
  }
}
