import type { Item, ItemStore, Put } from "../../../../lambdas/runtime/item-store";

/** Tables in memory, with the conditions that DynamoDB would check. */
export class MemoryItemStore implements ItemStore {
  readonly tables = new Map<string, Map<string, Item>>();
  /** Throws to make a write fail, before it is done. */
  beforePut: (puts: readonly Put[]) => void = () => {};

  async get(table: string, pk: string, sk: string): Promise<Item | undefined> {
    return this.#table(table).get(`${pk}\n${sk}`);
  }

  async list(table: string, pk: string, prefix: string): Promise<Item[]> {
    const items = [...this.#table(table).values()].filter(
      item => item.pk === pk && item.sk.startsWith(prefix),
    );
    return items.sort((a, b) => (a.sk < b.sk ? -1 : 1));
  }

  async put(...puts: readonly Put[]): Promise<boolean> {
    this.beforePut(puts);
    const holds = ({ table, item, condition }: Put) => {
      const there = this.#table(table).get(`${item.pk}\n${item.sk}`);
      if (condition === undefined) return true;
      return condition === "absent" ? there === undefined : there?.[condition.attribute] === condition.equals;
    };
    if (!puts.every(holds)) return false;
    for (const { table, item } of puts)
      this.#table(table).set(`${item.pk}\n${item.sk}`, structuredClone(item));
    return true;
  }

  async remove(table: string, pk: string, sk: string): Promise<void> {
    this.#table(table).delete(`${pk}\n${sk}`);
  }

  #table(name: string): Map<string, Item> {
    const table = this.tables.get(name) ?? new Map<string, Item>();
    this.tables.set(name, table);
    return table;
  }
}
