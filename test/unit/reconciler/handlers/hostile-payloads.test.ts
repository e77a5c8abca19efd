import type * as z from "zod";
import { parsePayload } from "../../../../lambdas/reconciler/handlers/parse-payload";
import { InvalidInputError, ProtocolError } from "../../../../lambdas/reconciler/runtime/errors";
import { REQUEST_PLACES, REQUESTS, requestWith, validRequest } from "../../../support/hostile-payloads";
import { hostileFor } from "../../../support/hostile-strings";
import { placeName } from "../../../support/schema-places";

const parse = (name: keyof typeof REQUESTS, request: object) =>
  parsePayload(request, REQUESTS[name] as z.ZodType<object>);

describe("a thousand hostile texts in a payload", () => {
  it("are alone what is wrong: a valid value in any place is accepted", () => {
    for (const [name, place] of REQUEST_PLACES.filter(([, at]) => at.at(-1) !== "key")) {
      const request = validRequest(name, place);
      expect(parse(name, request)).toEqual(request);
    }
  });

  it.each(
    REQUEST_PLACES.map(([name, place], at) => [`${name}: ${placeName(place)}`, name, place, at] as const),
  )("%s: each is refused by its field, or carried as it is", (_, name, place, index) => {
    // Secrets Manager and Terraform's provider may say more than is read.
    const isIgnored = place.at(-1) === "key" && (name === "rotate" || place[0] === "tf");
    const fields = place.filter(step => !/^\||^(key|\{\}|\[\])$/.test(step));
    for (const text of hostileFor(index)) {
      const request = requestWith(name, place, text);
      let parsed: object;
      try {
        parsed = parse(name, request);
      } catch (error) {
        expect([InvalidInputError, ProtocolError]).toContain((error as Error).constructor);
        const { message } = error as Error;
        expect(message).toMatch(/^the payload is not valid: /);
        expect(message.length).toBeLessThan(3_000);
        // The field that is wrong, or the one that holds it.
        expect(fields.length === 0 || message.includes(fields[0]!)).toBe(true);
        continue;
      }
      if (!isIgnored) expect(parsed).toEqual(request);
    }
  });
});
