import fc from "fast-check";
import { databaseGrantSchema } from "../../../../core/roster/roster";
import { parseExpiry } from "../../../../core/users";

describe("an expiry", () => {
  test.each([
    ["2027-03-31", "2027-04-01T00:00:00Z"],
    ["2028-02-28", "2028-02-29T00:00:00Z"],
    ["2028-02-29", "2028-03-01T00:00:00Z"],
    ["2027-12-31", "2028-01-01T00:00:00Z"],
    ["2027-03-31T18:00Z", "2027-03-31T18:00:00Z"],
    ["2027-03-31 18:00:30+02:00", "2027-03-31T16:00:30Z"],
    ["2027-01-01T00:30:00+05:45", "2026-12-31T18:45:00Z"],
    ["2027-03-31T23:00:00.5-02:30", "2027-04-01T01:30:00.500Z"],
    ["2027-03-31t18:00:00z", "2027-03-31T18:00:00Z"],
  ])("%s ends access at %s", (text, expires) => {
    expect(parseExpiry(text)).toEqual({ expires });
    expect(databaseGrantSchema.safeParse({ role: "read", expires }).success).toBe(true);
  });

  test.each([
    "2027-02-29",
    "2100-02-29",
    "2027-13-01",
    "2027-00-10",
    "2027-01-00",
    "2027-1-1",
    "27-01-01",
    "1999-12-31",
    "9999-01-01",
    "2027-03-31T24:00Z",
    "2027-03-31T12:60Z",
    "2027-03-31T12:00:60Z",
    "2027-03-31T12:00",
    "2027-03-31T12:00+15:00",
    "2027-03-31T12:00+14:30",
    "2027-03-31T12:00 UTC",
    "2027-03-31Z",
    "tomorrow",
    "",
    " 2027-03-31",
    "2027-03-31\n",
    "P1D",
    "2027-03-31T12Z",
  ])("refuses %j", text => {
    expect(parseExpiry(text)).toHaveProperty("message");
  });

  test("from a date is the first moment of the following day, for every day", () => {
    const days = fc.date({
      min: new Date("2000-01-01T00:00:00Z"),
      max: new Date("9998-12-31T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(days, date => {
        const day = date.toISOString().slice(0, 10);
        const next = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000)
          .toISOString()
          .replace(".000Z", "Z");
        expect(parseExpiry(day)).toEqual({ expires: next });
      }),
    );
  });

  test("from a timestamp is that moment, in any zone", () => {
    const moments = fc.date({
      min: new Date("2001-01-01T00:00:00Z"),
      max: new Date("9998-01-01T00:00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, fc.integer({ min: -14 * 60, max: 14 * 60 }), (moment, offset) => {
        const local = new Date(moment.getTime() + offset * 60_000).toISOString().slice(0, -1);
        const pad = (n: number) => String(n).padStart(2, "0");
        const zone = `${offset < 0 ? "-" : "+"}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
        const expiry = parseExpiry(local + zone);
        expect("expires" in expiry && new Date(expiry.expires).getTime()).toBe(moment.getTime());
      }),
    );
  });

  test("is refused for any other text, without an exception", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\d([T ][\d:.]{0,12}[Z+-]?[\d:]{0,6})?$/)),
        text => {
          const expiry = parseExpiry(text);
          if ("expires" in expiry) expect(Number.isNaN(Date.parse(expiry.expires))).toBe(false);
          else expect(expiry.message).not.toBe("");
        },
      ),
    );
  });
});
