import { powertoolsLog } from "../../../lambdas/runtime/log";

it("messages are logged as one JSON object a line, from the chosen level on, with the keys of their own call only", () => {
  const lines: string[] = [];
  const written = jest
    .spyOn(process.stdout, "write")
    .mockImplementation(line => lines.push(String(line)) > 0);
  const log = powertoolsLog("shop", "info");
  log.begin({ correlation_id: "cs-0", secret: undefined, cluster: "payments" });
  log.begin({ correlation_id: "cs-1" });
  log.debug("hidden");
  log.info("applied", { statements: 2, text: "orders\n", detail: "done" });
  written.mockRestore();
  const [line, ...others] = lines.join("").trim().split("\n");
  expect(others).toEqual([]);
  expect(JSON.parse(line!)).toEqual({
    level: "INFO",
    message: "applied",
    service: "shop",
    correlation_id: "cs-1",
    statements: 2,
    text: "orders\\u{a}",
    detail: "done",
    timestamp: expect.any(String),
    sampling_rate: 0,
  });
});

it.each([
  ["an escape sequence", "a\u001b[2Jb", "a\\u{1b}[2Jb"],
  ["a change of direction", "sl_\u202ejane", "sl_\\u{202e}jane"],
  ["a line that is a command of a workflow", "x\r\n::error::y", "x\\u{d}\\u{a}::error::y"],
  ["a character that nobody sees", "sl_jane\u200b", "sl_jane\\u{200b}"],
])("no field holds %s as it is, wherever it is in the fields", (_what, text, expected) => {
  const lines: string[] = [];
  const written = jest
    .spyOn(process.stdout, "write")
    .mockImplementation(line => lines.push(String(line)) > 0);
  const log = powertoolsLog("shop", "info");
  log.begin({ cluster: text });
  log.info("refused", { detail: text, statements: ["SELECT 1", text], ran: 2, audited: false });
  written.mockRestore();
  const statements = ["SELECT 1", expected];
  const fields = { cluster: expected, detail: expected, statements, ran: 2, audited: false };
  expect(JSON.parse(lines.join(""))).toMatchObject(fields);
});
