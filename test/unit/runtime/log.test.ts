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
    text: "orders\n",
    detail: "done",
    timestamp: expect.any(String),
    sampling_rate: 0,
  });
});
