import { parseCsv } from "../../../../core/import/csv";
import { parsePeople, peopleTemplate } from "../../../../core/import/people";

const KNOWN = ["sl_jane.doe", "sl_app", "sl_bot", 'odd,"name'];
const parse = (text: string) => parsePeople(text, "people.csv", KNOWN);
const faults = (text: string): string[] => {
  try {
    parse(text);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n");
  }
};

describe("the table of people", () => {
  it("says what no server knows, in columns of any order", () => {
    const text = [
      "\ufeffemail,Account,kind,name,owner,expires\r",
      'jane@example.com,sl_jane.doe,,"Doe, Jane",,\r',
      "\r",
      ",sl_app,service,,,\r",
      ",sl_bot,agent,,jane.doe,2027-01-31\r",
      ',"odd,""name",service,,,',
    ].join("\n");
    expect([...parse(text).values()]).toEqual([
      { account: "sl_jane.doe", kind: "person", email: "jane@example.com", name: "Doe, Jane" },
      { account: "sl_app", kind: "service" },
      { account: "sl_bot", kind: "agent", owner: "jane.doe", expires: "2027-01-31" },
      { account: 'odd,"name', kind: "service" },
    ]);
  });

  it("names every mistake with its line", () => {
    expect(faults("acount,mail")).toEqual([
      'people.csv:1: unknown column "acount"; did you mean "account"?',
      expect.stringContaining('people.csv:1: unknown column "mail"; '),
      "people.csv:1: the column `account` is missing: it has the account's name",
    ]);
    const rows = [
      "account,kind,email,owner",
      "sl_jan.doe,service,,",
      "sl_jane.doe,,,",
      "sl_app,robot,,",
      '"sl_app",service,"a\nb",',
      "sl_bot,agent,,",
      "sl_app,service,,jane.doe",
      "sl_app,service,,",
      "sl_app,service,,",
      "sl_app,service",
      ",service,,",
    ];
    expect(faults(rows.join("\n"))).toEqual([
      'people.csv:2: the server has no account "sl_jan.doe"; did you mean "sl_jane.doe"?',
      'people.csv:3: "sl_jane.doe" has no `email`: a person needs one. For a program, `kind` is service',
      'people.csv:4: `kind` must be person, service, agent, but is "robot"',
      'people.csv:5: "a\\nb" is not an e-mail address',
      'people.csv:7: "sl_bot" is an agent, which needs `owner` and `expires`',
      'people.csv:8: "sl_app" has an `owner`, which only an agent has: write the team\'s address as `email`',
      'people.csv:10: "sl_app" has a row already',
      "people.csv:11: has 2 cells, and the first line 4: quote a cell with a comma",
      "people.csv:12: `account` is empty",
    ]);
  });

  it("has a template in which no name is a formula of a spreadsheet", () => {
    const names = ["=cmd|' /C calc'!A0", "+1", "-1", "@sum", "'=x", "''+1", "'quoted"];
    const template = peopleTemplate(names.map(user => ({ user, kind: "service" as const })));
    for (const { cells } of parseCsv(template)) expect(cells[0]).not.toMatch(/^[=+@-]/);
    expect([...parsePeople(template, "people.csv", names).keys()]).toEqual(names);
    expect([...parsePeople("account,kind\n=x,service", "people.csv", ["=x"]).keys()]).toEqual(["=x"]);
  });

  it("has a template that it reads again", () => {
    const template = peopleTemplate(KNOWN.map(user => ({ user, kind: "service" as const })));
    expect([...parse(template).keys()]).toEqual(KNOWN);
  });
});

describe("CSV", () => {
  it("keeps quotes, commas and line breaks in quoted cells, and the lines of records", () => {
    expect(parseCsv('a,"b ""c"", d\ne"\n\nf,')).toEqual([
      { line: 1, cells: ["a", 'b "c", d\ne'] },
      { line: 4, cells: ["f", ""] },
    ]);
  });
});
