import { positionKey } from "../../core/audit";
import { quoteText } from "../../core/mysql";
import type { Item } from "../../lambdas/runtime/item-store";
import type { MemoryItemStore } from "../unit/reconciler/store/memory-item-store";
import type { SoakCluster } from "./clusters";
import { AUDIT } from "./container";
import { differences, readAccounts } from "./grant-tables";
import type { SoakServer } from "./soak-server";

interface AuditedStatement {
  readonly sql: string;
  readonly outcome?: string;
  readonly cause?: string;
  readonly accounts: readonly { readonly account: string }[];
}

const PLACEHOLDER = /<password from Secrets Manager>/g;

/**
 * A second server on which nothing ever runs but what the audit trail says, and what people did by hand. If
 * its accounts are the same as those of the first, the trail explains every change of access.
 */
export class Shadow {
  readonly #cluster: SoakCluster;
  readonly #real: SoakServer;
  readonly #shadow: SoakServer;
  readonly #store: MemoryItemStore;
  #seen = 0;
  /** How many statements of each kind the trail had. */
  readonly statements = new Map<string, number>();

  constructor(
    cluster: SoakCluster,
    servers: { real: SoakServer; shadow: SoakServer },
    store: MemoryItemStore,
  ) {
    this.#cluster = cluster;
    this.#real = servers.real;
    this.#shadow = servers.shadow;
    this.#store = store;
  }

  /** Runs what a person runs on the first server. */
  async byHand(...statements: readonly string[]): Promise<void> {
    await this.#shadow.run(...statements);
  }

  /** Runs what the trail has since the last call. Called after every run of a function. */
  async follow(): Promise<void> {
    const items = await this.#newItems();
    let intended: AuditedStatement[] = [];
    for (const item of items) {
      if (item["kind"] === "intent") intended = [...intended, ...listed(item, "statements")];
      if (item["kind"] !== "result") continue;
      const results = listed(item, "results");
      for (const result of results) if (result.outcome === "done") await this.#run(result);
      const unknown = results.filter(({ outcome }) => outcome === "unknown");
      if (unknown.length > 0) await this.#runWhatRan(unknown);
      if (results.length > 0) intended = [];
    }
    if (intended.length > 0) await this.#runWhatRan(intended);
  }

  async #newItems(): Promise<Item[]> {
    const found: Item[] = [];
    for (;;) {
      const item = await this.#store.get(AUDIT, this.#cluster.name, positionKey(this.#seen + 1));
      if (!item) return found;
      this.#seen += 1;
      found.push(item);
    }
  }

  /** Nobody recorded how far these came: some of the first of them ran, in order. */
  async #runWhatRan(statements: readonly AuditedStatement[]): Promise<void> {
    const names = new Set(statements.flatMap(({ accounts }) => accounts.map(({ account }) => account)));
    const real = await readAccounts(this.#real, this.#cluster.prefix);
    const isSame = async () =>
      differences(real, await readAccounts(this.#shadow, this.#cluster.prefix), names).length === 0;
    for (const statement of statements) {
      if (await isSame()) return;
      await this.#run(statement);
    }
  }

  /** @throws Error if the trail names no account for it, or the server refuses it */
  async #run({ accounts, cause, sql }: AuditedStatement): Promise<void> {
    if (!cause || !accounts.some(({ account }) => sql.includes(quoteText(account))))
      throw new Error(`the audit trail does not say why, or about which account: ${sql}`);
    const kind = /^[A-Z]+ (USER|DEFAULT ROLE)|^[A-Z]+/.exec(sql)?.[0] ?? sql;
    this.statements.set(kind, (this.statements.get(kind) ?? 0) + 1);
    await this.#shadow.run(sql.replace(PLACEHOLDER, "'Some-1-password'")).catch((error: Error) => {
      throw new Error(
        `the audit trail has a statement that does not run after those before it: ${error.message}`,
      );
    });
  }

  /** What the two servers have that is not the same. */
  async differences(): Promise<string[]> {
    const [real, shadow] = [this.#real, this.#shadow];
    const { prefix } = this.#cluster;
    return differences(await readAccounts(real, prefix), await readAccounts(shadow, prefix));
  }
}

const listed = (item: Item, list: "statements" | "results"): AuditedStatement[] =>
  (item[list] ?? []) as unknown as AuditedStatement[];
