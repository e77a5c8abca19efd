import { execFileSync } from "node:child_process";
import type { Access, AccessEvent } from "../../../../core/events/events";
import { EVENT_TYPES } from "../../../../core/events/events";
import { loginHelp } from "../../../../lambdas/notifier/render/login-help";
import { oneLine } from "../../../../lambdas/notifier/render/plain-text";
import { summaryOf } from "../../../../lambdas/notifier/render/summary";
import {
  renderHtml,
  renderSubject,
  renderText,
  templateFault,
} from "../../../../lambdas/notifier/render/templates";
import { viewOf } from "../../../../lambdas/notifier/render/view";
import { wrapText } from "../../../../lambdas/notifier/render/wrap-text";
import {
  digest,
  drift,
  EVERY_EVENT,
  failed,
  granted,
  HOSTILE,
  jane,
  login,
  read,
} from "../../../support/notifier-events";

/** Tags of a page and their attributes, without text. */
const tagsOf = (html: string) => [...html.matchAll(/<[a-z!/][^>]*>/gi)].map(([tag]) => tag);

/** The same event with this text wherever the roster lets somebody write. */
const written = (text: string): AccessEvent[] => {
  const grants: Access[] = [
    read("orders", { object: text, reason: text, project: text.slice(0, 256), role: text.slice(0, 64) }),
  ];
  const owners = [{ project: text.slice(0, 256), name: text.slice(0, 256), email: text.slice(0, 320) }];
  const person = { ...jane, name: text.slice(0, 256), user: text.slice(0, 256) };
  return [
    granted({ ...person, after: grants, owners, plannedBy: text, reference: text, email: text }),
    digest({
      changes: [{ ...person, change: "granted", before: [], after: grants }],
      owners,
      reference: text,
    }),
    failed({ message: text, code: text.slice(0, 64) }),
  ];
};

const harmless = written("harmless");

describe("every event", () => {
  it.each(EVERY_EVENT.map(event => [event.type, event] as const))(
    "%s has a subject, a text and a page",
    (_, event) => {
      const view = viewOf(event);
      expect(renderSubject(view)).toMatch(/^orders: \S/);
      for (const part of [renderText(view), renderHtml(view)]) {
        expect(part).toContain("cs-20261120T110740Z-bbdba2ec");
        expect(part).not.toMatch(/\{\{|\}\}|undefined|\[object/);
      }
    },
  );

  it("is in the list above", () => {
    expect(EVERY_EVENT.map(({ type }) => type).sort()).toEqual([...EVENT_TYPES].sort());
  });

  it("is text of at most 78 columns, except commands", () => {
    for (const event of [...EVERY_EVENT, ...HOSTILE.flatMap(written)]) {
      const lines = renderText(viewOf(event)).split("\n");
      expect(lines.filter(line => [...line].length > 78 && !line.startsWith("    "))).toEqual([]);
    }
  });

  it("is a page without scripts, pictures, links or anything from elsewhere, in a language that is named", () => {
    for (const event of EVERY_EVENT) {
      const html = renderHtml(viewOf(event));
      expect(html).toMatch(/^<!doctype html>\n<html lang="en"/);
      expect(html).not.toMatch(
        /<(script|img|a|link|iframe|form|object|svg)\b|url\(|@import|https?:|\bon\w+=/i,
      );
    }
  });

  it.each([
    [["'shopapp'@'%' reaches payroll"]],
    [["'shopapp'@'%' can grant on *.*", "'batch'@'10.%' can act as 'sl_jane.doe'@'%'"]],
    [["'<b>'@'%' reaches orders"]],
  ])("about new access beyond the prefix says that, and what to do: %j", holders => {
    const none = { accounts: [], statements: [], statementCount: 0, undeclared: [] };
    const view = viewOf(drift({ ...none, holders }));
    const parts = [renderText(view), renderHtml(view), JSON.stringify(summaryOf(view))];
    for (const part of parts) {
      expect(part.replace(/\s+/g, " ")).toContain("Revoke it by hand, or plan and apply to accept it.");
      expect(part).not.toContain("not as declared");
    }
    const other = viewOf(drift());
    for (const part of [renderText(other), renderHtml(other), JSON.stringify(summaryOf(other))]) {
      expect(part).toContain("not as declared");
      expect(part).not.toContain("by hand");
    }
  });
});

describe("a granted access", () => {
  const text = renderText(viewOf(granted()));

  it("says what, until when, why, who planned it, how to log in and who to ask", () => {
    for (const part of [
      "- orders: read, until 2027-04-01 00:00 UTC (new)",
      "Reason: INC-1234",
      "Planned by: arn:aws:sts::123456789012:assumed-role/deploy/ci",
      "Reference: INC-1301",
      "Host:    orders.cluster-abc.eu-west-1.rds.amazonaws.com",
      "- Olive Owner <olive@example.com>, project shop",
    ])
      expect(text).toContain(part);
  });

  it.each([
    ["mysql", ["--ssl-mode=VERIFY_IDENTITY", "--ssl-ca=global-bundle.pem", "--enable-cleartext-plugin"]],
    ["mariadb", ["--ssl-verify-server-cert", "--ssl-ca=global-bundle.pem"]],
  ] as const)("has commands that a shell reads as they are meant, for %s", (client, options) => {
    for (const account of ["sl_jane.doe", 'sl_o\'hara $(id) `id` "x" \\ *', "sl_ünï😀;&|<>"]) {
      const help = loginHelp(account, { ...login, port: 3307 });
      const stubs = `npx() { printf "%s\\n" "$@" >&3; echo "to?ken*"; }; ${client}() { printf "%s\\n" "$MYSQL_PWD" "$@" >&3; }; exec 3>&1 >/dev/null`;
      const said = execFileSync("sh", ["-c", `${stubs}\n${help.tokenCommand}\n${help[`${client}Command`]}`], {
        encoding: "utf8",
      });
      const named = ["--host", login.host, "--port", "3307", "--user", account, "--region", "eu-west-1"];
      expect(said.trimEnd().split("\n")).toEqual([
        ...["--no", "aurora-users", "token", ...named],
        ...["to?ken*", `--host=${login.host}`, "--port=3307", `--user=${account}`, ...options],
      ]);
      expect(renderText(viewOf(granted()))).toContain(`    ${client} --host=`);
    }
  });

  it("has commands for PowerShell, in which each value is one word in single quotes", () => {
    const { powershellLines } = loginHelp("sl_o'hara $(id) `x` \u2019", login);
    const user = "'--user=sl_o''hara $(id) `x` \u2019\u2019'";
    expect(powershellLines.join("\n")).toBe(`$env:MYSQL_PWD = npx --no aurora-users token \`
  --host=${login.host} \`
  --port=3306 ${user} --region=eu-west-1
mysql --host=${login.host} \`
  --port=3306 ${user} \`
  --ssl-mode=VERIFY_IDENTITY --ssl-ca=global-bundle.pem \`
  --enable-cleartext-plugin`);
    expect(text).toContain("$env:MYSQL_PWD = npx --no aurora-users token `");
  });

  it("that changed says what it was before", () => {
    const [before, after] = [
      [read("a", { expires: "2027-01-01T00:00:00Z" }), read("b"), read("c")],
      [{ database: "a", role: "write" }, read("c")],
    ];
    const detail = { ...granted().detail, before, after } as never;
    expect(renderText(viewOf({ type: "access.changed", detail }))).toContain(
      "- a: write (was read), no end date (was 2027-01-01 00:00 UTC)\n- b: no longer (was read)\n- c: read, no end date\n",
    );
  });

  it("names tables and columns, each apart", () => {
    const on = (object: string, role: string) => ({ database: "orders", object, role });
    const before = [read("orders"), on("t", "read"), on("t (id, name)", "SELECT")];
    const after = [read("orders"), on("t", "write"), on("procedure p", "EXECUTE")];
    const detail = { ...granted().detail, before, after } as never;
    expect(renderText(viewOf({ type: "access.changed", detail }))).toContain(
      "- orders.procedure p: EXECUTE, no end date (new)\n- orders.t: write (was read), no end date\n- orders.t (id, name): no longer (was SELECT)\n- orders: read, no end date\n",
    );
  });
});

describe("hostile text", () => {
  it.each(HOSTILE.map(text => [text.slice(0, 30).replace(/\s/g, " "), text]))("stays text: %s", (_, text) => {
    for (const [index, event] of written(text).entries()) {
      const view = viewOf(event);
      // The page has the very tags that it has with a harmless name.
      expect(tagsOf(renderHtml(view))).toEqual(tagsOf(renderHtml(viewOf(harmless[index]!))));
      expect(renderSubject(view)).toMatch(/^\P{Cc}{1,150}$/u);
      const plain = renderText(view);
      expect(plain).not.toMatch(/[\r\u202a-\u202e\u2066-\u2069]/);
      expect(plain).not.toContain("sl_jane.doe {{{");
    }
  });

  it("is one line and shows characters that nobody sees, so that no name passes for another one", () => {
    const escaped = "a b c\\u{0}d e \\u{202e}f\\u{202c} \\u{2066}g\\u{2069}";
    expect(oneLine("a\r\nb\tc\u0000d\u2028e \u202Ef\u202C \u2066g\u2069 ")).toBe(escaped);
    expect(oneLine("sl_jane\u200b")).toBe("sl_jane\\u{200b}");
    expect(oneLine("👩‍💻 Zoë יונה")).toBe("👩‍💻 Zoë יונה");
  });
});

describe("replaced templates", () => {
  const view = viewOf(granted({ name: "<i>Jane</i>" }));

  it("are used by name; HTML is escaped, text and subject are not", () => {
    const replaced = new Map(
      ["html", "text", "subject"].map(kind => [`access.granted.${kind}`, `${kind}: {{name}}`]),
    );
    expect(renderHtml(view, replaced)).toBe("html: &lt;i&gt;Jane&lt;&#x2F;i&gt;");
    expect(renderText(view, replaced)).toBe("text: <i>Jane</i>\n");
    expect(renderSubject(view, replaced)).toBe("subject: <i>Jane</i>");
    expect(renderSubject(viewOf(failed()), replaced)).toBe("orders: the apply failed (StatementsFailed)");
  });

  it.each([
    ["x.html", "{{{name}}}", "unescaped"],
    ["x.html", "{{#lines}}{{& reason}}{{/lines}}", "unescaped"],
    ["x.html", "{{=<% %>=}}<%& name %>", "unescaped"],
    ["x.text", "{{> other}}", "partial"],
    ["x.text", "{{#lines}}", "Unclosed"],
    ["x.subject", " ", "empty"],
  ])("%s is refused: %s", (name, template, reason) =>
    expect(templateFault(name, template)).toContain(reason),
  );

  it("may leave text unescaped in text", () => expect(templateFault("x.text", "{{{name}}}")).toBeUndefined());
});

test("wrapping breaks between words, within those that are too long, and leaves commands alone", () => {
  const command = `    ${"x".repeat(100)}`;
  const words = `- ${"word ".repeat(20).trim()}`;
  expect(wrapText(`${words}\n${"y".repeat(100)}\n${command}\n\n\n\nend`)).toBe(
    `- ${"word ".repeat(15).trim()}\n  ${"word ".repeat(5).trim()}\n${"y".repeat(78)}\n${"y".repeat(22)}\n${command}\n\nend\n`,
  );
});
