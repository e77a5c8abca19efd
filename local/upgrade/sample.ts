import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HOUR_MS = 3_600_000;

/** A grant that is over when the upgrade begins, and one that ends during the run. */
export const ENDS = { cleo: HOUR_MS, dee: 6 * HOUR_MS };

/** The document in Parameter Store: the databases and role that it gives. */
export const SOURCE = { name: "shop/prod", cluster: "orders", databases: ["app_prod"] };
export const SOURCE_PARAMETER = "/aurora-users-sources/shop/prod";
export const SOURCE_DOCUMENT = JSON.stringify({ users: [{ name: "alice", role: "read" }] });

/** Every account of the sample; the last one never has access. */
export const ACCOUNTS = ["ann", "ben", "cleo", "dee", "fay", "report-builder", "alice", "nobody"].map(
  user => `sl_${user}`,
);

interface Grant {
  readonly cluster: string;
  readonly databases: readonly string[];
  readonly role: string;
  readonly expires?: string;
}

/** The files of the sample's users folder. */
export class SampleUsers {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder);
  }

  /** People, a service, and two grants with an end. @param from what the ends count from */
  writeFirst(from: Date): void {
    const end = (user: keyof typeof ENDS) =>
      new Date(Math.ceil((from.getTime() + ENDS[user]) / 60_000) * 60_000).toISOString().replace(".000", "");
    this.#person("ann", [
      this.#orders("read"),
      { cluster: "payments", databases: ["payments"], role: "read" },
    ]);
    this.#person("ben", [this.#orders("write")]);
    this.#person("cleo", [
      { cluster: "orders", databases: ["app_prod"], role: "read", expires: end("cleo") },
    ]);
    this.#person("dee", [{ ...this.#orders("read"), expires: end("dee") }]);
    this.#write("report-builder", "service", [
      { cluster: "orders", databases: ["orders", "app_prod"], role: "read" },
      { cluster: "payments", databases: ["ledger"], role: "read" },
    ]);
  }

  /** One more person on orders: the change whose event cannot be sent. */
  addFay(): void {
    this.#person("fay", [{ cluster: "orders", databases: ["app_prod"], role: "write" }]);
  }

  /**
   * One more database on payments: the change that an old plan shows and that is applied after the upgrade.
   */
  widenAnn(): void {
    this.#person("ann", [
      this.#orders("read"),
      { cluster: "payments", databases: ["payments", "ledger"], role: "read" },
    ]);
  }

  /** Less on orders: the change that is planned and applied with today's version. */
  narrowBen(): void {
    this.#person("ben", [this.#orders("read")]);
  }

  #orders(role: string): Grant {
    return { cluster: "orders", databases: ["orders"], role };
  }

  #person(user: string, grants: readonly Grant[]): void {
    this.#write(user, "person", grants);
  }

  /** JSON is YAML. */
  #write(user: string, kind: "person" | "service", grants: readonly Grant[]): void {
    const file = { name: user, kind, email: `${user}@example.com`, grants };
    writeFileSync(join(this.#folder, `${user}.yaml`), `${JSON.stringify(file, null, 2)}\n`);
  }
}
