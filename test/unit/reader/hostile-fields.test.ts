import type { RosterAccount } from "../../../core/roster/roster";
import { problemLine } from "../../../core/users";
import { hostileFor, hostileStrings, UNPRINTABLE } from "../../support/hostile-strings";
import { hostileFiles, OTHER_FILES, USER_PLACES, validFile } from "../../support/hostile-users";
import { placeName, textsOf } from "../../support/schema-places";
import { usersOf } from "./users-of";

/** Whether a text that was accepted is in the account as it was written; Unicode in its composed form. */
function carries(account: RosterAccount, text: string): boolean {
  const composed = text.normalize("NFC");
  const quoted = `\`${composed.replaceAll("`", "``")}\``;
  return textsOf(account).some(
    found => found === composed || found.includes(quoted) || found === `sl_${composed}`,
  );
}

describe("a thousand hostile texts", () => {
  it("are a thousand", () => {
    expect(new Set(hostileStrings()).size).toBe(1_000);
    expect(USER_PLACES.length).toBeGreaterThan(35);
    expect(USER_PLACES.map(placeName)).toEqual(
      expect.arrayContaining([
        "account",
        "tls.subject",
        "grants[].columns.key",
        "grants[].nativeRoles[]",
        "grants[].key",
      ]),
    );
  });

  it.each(USER_PLACES.map((place, index) => [placeName(place), place, index] as const))(
    "in %s: each is refused with its file and line, or carried as it is",
    (_, place, index) => {
      const files = hostileFiles(place, hostileFor(index));
      const texts = Object.fromEntries([...files].map(([name, { file }]) => [name, file]));
      const { problems } = usersOf({ ...OTHER_FILES, ...texts });
      const refused = new Set<string>();
      for (const problem of problems) {
        const name = problem.file.slice("users/".length);
        const lines = files.get(name)!.file.split("\n").length;
        expect(problem.line).toBeGreaterThanOrEqual(1);
        expect(problem.line).toBeLessThanOrEqual(lines);
        expect(problemLine(problem)).toMatch(/^users\/u\d{4}\.yaml:\d+:\d+/);
        expect(problemLine(problem)).not.toMatch(UNPRINTABLE);
        refused.add(name);
      }
      const taken = Object.entries(texts).filter(([name]) => !refused.has(name));
      const { problems: later, rosters, users } = usersOf({ ...OTHER_FILES, ...Object.fromEntries(taken) });
      expect(later.map(problemLine)).toEqual([]);
      const isOfUser = place[0] !== "grants";
      const lost = taken.filter(([name]) => {
        const { text } = files.get(name)!;
        const user = users.find(({ file }) => file === `users/${name}`)!;
        if (isOfUser) return !textsOf(user).includes(text.normalize("NFC"));
        const { cluster } = user.grants[0]!;
        return cluster !== text && !carries(rosters[cluster]!.accounts[`sl_${user.account}`]!, text);
      });
      expect(lost).toEqual([]);
    },
  );

  // Else a text could be refused for what is wrong elsewhere.
  it("are alone what is wrong: a valid value in any place is no problem", () => {
    const places = USER_PLACES.filter(
      place => place.at(-1) !== "key" || placeName(place).includes("columns.key"),
    );
    const problems = places.flatMap(
      place => usersOf({ ...OTHER_FILES, "v.yaml": validFile(place) }).problems,
    );
    expect(problems.map(problemLine)).toEqual([]);
  });
});
