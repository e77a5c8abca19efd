import { provisionBrowser } from "../../../local/mail/browser";
import { startMailServer } from "../../../local/mail/mail-server";
import { MissingPartError } from "../../../local/process/local-error";

const { PATH } = process.env;
beforeEach(() => {
  // A machine with nothing installed.
  process.env["PATH"] = "";
});
afterEach(() => {
  process.env["PATH"] = PATH;
});

test("without a browser, the error says what to install", async () => {
  const failed = await provisionBrowser().catch(error => error);
  expect(failed).toBeInstanceOf(MissingPartError);
  expect(failed.message).toContain(
    "Chromium is missing: install it (Debian, as root: apt-get install chromium)",
  );
});

test("without openssl, the error says what to install", async () => {
  const failed = await startMailServer().catch(error => error);
  expect(failed).toBeInstanceOf(MissingPartError);
  expect(failed.message).toBe("openssl is missing: install it (Debian: apt-get install openssl)");
});
