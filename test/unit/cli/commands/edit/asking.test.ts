import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../../../cli/run";
import { defined } from "../../../../../core/json";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "users "));
  write("jane.doe.yaml", jane);
  write("projects.yaml", projects);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const read = () => readFileSync(join(folder, "jane.doe.yaml"), "utf8");

const jane = `name: Jane Doe
email: 'jane.doe@example.com'
grants:
  # By project.
  - {project: web, environment: prod, role: read}
`;
const projects = `web:
  owner: { name: O, email: o@example.com }
  environments:
    prod: { cluster: orders, databases: [web] }
`;

describe("at a terminal", () => {
  /** Runs a command whose questions get these answers; undefined ends the input, as Ctrl-C does. */
  const answering = async (argv: string[], answers: (string | undefined)[], screen?: "coloured") => {
    const asked: string[] = [];
    const err: string[] = [];
    const raw: string[] = [];
    const code = await run([...argv, "--folder", folder], {
      out: () => {},
      err: text => void err.push(text),
      raw: text => void raw.push(text),
      prompt: async question => {
        asked.push(question);
        return answers.shift();
      },
      ...defined({ screen }),
      env: {},
      now: () => new Date("2026-11-20T12:00:00Z"),
    });
    return { code, asked, err: err.join("\n"), raw: raw.join("") };
  };

  test("asks for what is missing, again after a wrong answer, with the choices", async () => {
    const answers = ["jane", "jane.doe", "payments", "ledger", "raed", "read", "soon", "30d", ""];
    const { asked, code, err } = await answering(["grant"], answers);
    expect(code).toBe(0);
    expect(asked).toEqual([
      "User: ",
      "User: ",
      "Cluster (orders; nothing for a project), or nothing: ",
      "Database: ",
      "Role (read, write, read_write, admin, trusted_admin): ",
      "Role (read, write, read_write, admin, trusted_admin): ",
      "Ends (30d, 2027-03-31), or nothing: ",
      "Ends (30d, 2027-03-31), or nothing: ",
      "Reason, or nothing: ",
    ]);
    expect(err).toContain('"raed" is none of them; did you mean "read"?');
    expect(read()).toBe(
      `${jane}  - { cluster: payments, databases: [ledger], role: read, expires: 2026-12-20 }\n`,
    );
  });

  test("asks nothing if nothing is missing", async () => {
    const argv = ["grant", "jane.doe", "--cluster", "payments", "--database", "ledger", "--role", "read"];
    expect((await answering(argv, [])).asked).toEqual([]);
  });

  test.each([0, 1, 2, 3, 4, 5])("Ctrl-C at question %i changes nothing", async count => {
    const answers = ["jane.doe", "payments", "ledger", "read", "30d"].slice(0, count);
    const { code, err } = await answering(["grant"], [...answers, undefined]);
    expect([code, err]).toEqual([1, "Stopped: nothing was changed"]);
    expect(read()).toBe(jane);
  });

  test("shows the difference in colours, and nothing of a file controls it", async () => {
    write("jane.doe.yaml", jane.replace("# By project.", "# \u001b[2J\u202e"));
    const { raw } = await answering(["revoke", "jane.doe", "--project", "web"], [], "coloured");
    expect(raw).toContain("\u001b[31m-  - {project: web, environment: prod, role: read}\u001b[0m\n");
    expect(
      ["0", "2", "31", "32"].reduce((text, code) => text.replaceAll(`\u001b[${code}m`, ""), raw),
    ).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});
