import { defined } from "../../../../core/json";
import { accountNames } from "../../../../core/roster/roster";
import { withAccess } from "../../../../core/source";
import { NOW, SourceFixture } from "./source-fixture";

const HOUR = 3_600_000;
const ENDED = "2026-12-31T00:00:00Z";
const named = (kind: string, count: number) => Array.from({ length: count }, (_, i) => `${kind}${i}`);
const [real, pads] = [named("real", 10), named("pad", 30)];

let fixture: SourceFixture;
let clock: Date;
beforeEach(() => {
  fixture = new SourceFixture();
  clock = NOW;
  (fixture.call.services as { now: () => Date }).now = () => clock;
});
const pass = (hours: number) => {
  clock = new Date(clock.getTime() + hours * HOUR);
};
const write = (users: readonly string[], ended: readonly string[] = []) => {
  const entry = (name: string, expires?: string) => ({ name, role: "read", ...defined({ expires }) });
  const all = [...users.map(name => entry(name)), ...ended.map(name => entry(name, ENDED))];
  fixture.write(JSON.stringify({ users: all }));
};
/** What a run does that reads the parameter and reaches every account. @param except cannot be processed */
const run = async (except: readonly string[] = []) => {
  const { refused, states } = await fixture.read();
  const unresolved = new Set(except.map(name => `sl_${name}`));
  await fixture.ledger.claim("orders", states, unresolved, clock);
  const existing = new Set(states.flatMap(({ roster }) => withAccess(roster, clock)));
  const exists = (account: string) => existing.has(account);
  await fixture.ledger.settle("orders", states, { unresolved, exists, at: clock });
  return refused.map(({ code }) => code);
};

describe("accounts that a document invents do not help it to remove others", () => {
  it.each<[string, () => Promise<void>]>([
    [
      "a minute before",
      async () => {
        write(real);
        await run();
        pass(48);
        write([...real, ...pads]);
        await run();
      },
    ],
    [
      "two days before, with grants that have ended, and with access a minute before",
      async () => {
        write(real, pads);
        await run();
        pass(48);
        write([...real, ...pads]);
        await run();
      },
    ],
    [
      "two days before, while no run can process them",
      async () => {
        write([...real, ...pads]);
        await run(pads);
        pass(48);
        await run(pads);
      },
    ],
    [
      "two hours after the source's first document",
      async () => {
        write(real);
        await run();
        pass(2);
        write([...real, ...pads]);
        await run();
      },
    ],
    [
      "half a day before, by two documents",
      async () => {
        write(real);
        await run();
        pass(48);
        for (const more of [pads.slice(15), pads]) {
          write([...real, ...more]);
          await run();
          pass(6);
        }
      },
    ],
  ])("%s", async (_, prepare) => {
    await prepare();
    pass(1 / 60);
    write(pads);
    expect(await run()).toEqual(["RemovalUnconfirmed"]);
    const names = (await fixture.states()).flatMap(({ roster }) => accountNames(roster));
    expect(names).toEqual(expect.arrayContaining(real.map(name => `sl_${name}`)));
  });
});

describe("a source that grows fast needs no token", () => {
  it.each<[string, string[]]>([
    ["to remove new accounts again", [...real, ...pads.slice(15)]],
    ["to remove some of all", [...real.slice(3), ...pads.slice(10)]],
    ["to remove fewer of the old than its share", [...real.slice(5), ...pads]],
  ])("%s", async (_, left) => {
    write(real);
    await run();
    pass(48);
    write([...real, ...pads]);
    await run();
    pass(1);
    write(left);
    expect(await run()).toEqual([]);
  });

  it("once its new accounts had access for a day, to remove more of the old", async () => {
    write(real);
    await run();
    write([...real, ...pads]);
    await run();
    pass(25);
    write([...real.slice(6), ...pads]);
    expect(await run()).toEqual([]);
  });
});
