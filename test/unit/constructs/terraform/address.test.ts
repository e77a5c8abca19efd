import fc from "fast-check";
import { clusterAddress, encodeName, recordAddress } from "../../../../constructs/terraform/address";

/** Names with many of the characters that the encoder treats specially. */
const name = fc
  .array(
    fc.oneof(
      fc.constantFrom("on", "-", ".", "_", "-on", "on-", "a", "2d", "0"),
      fc.string({ unit: "grapheme", maxLength: 3 }),
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map(pieces => pieces.join(""))
  .filter(text => text.length > 0);

/** The name that `encodeName` encoded. */
const decodeName = (identifier: string): string =>
  identifier.replace(/_-([0-9a-f]+)_|_/g, (_, hex?: string) =>
    hex === undefined ? "." : String.fromCodePoint(Number.parseInt(hex, 16)),
  );

describe("encodeName", () => {
  test.each([
    ["john.doe", "john_doe"],
    ["john-doe", "john-doe"],
    ["johndoe", "johndoe"],
    ["john_doe", "john_-5f_doe"],
    ["Jane", "Jane"],
    ["2nd", "_-32_nd"],
    ["-a", "_-2d_a"],
    ["a.-b", "a__-2d_b"],
    ["on-call", "on_-2d_call"],
    ["add-on", "add_-2d_on"],
    ["x-on-y", "x_-2d_on_-2d_y"],
    ["x-only", "x-only"],
    ["jane@example.com", "jane_-40_example_com"],
    ["😀", "_-1f600_"],
  ])("%s becomes %s", (given, expected) => {
    expect(encodeName(given)).toBe(expected);
    expect(decodeName(expected)).toBe(given);
  });

  it("gives every name a Terraform identifier that can be decoded", () => {
    fc.assert(
      fc.property(name, given => {
        const encoded = encodeName(given);
        expect(encoded).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
        expect(decodeName(encoded)).toBe(given);
      }),
      { numRuns: 2000 },
    );
  });

  it("separates user and cluster: a record's address holds `-on-` once", () => {
    fc.assert(
      fc.property(name, name, (user, cluster) => {
        const parts = recordAddress(user, cluster).split(/-on-/);
        // `split` would miss overlapping ones (`-on-on-`).
        expect([...recordAddress(user, cluster).matchAll(/(?=-on-)/g)]).toHaveLength(1);
        expect(parts.map(decodeName)).toEqual([user, cluster]);
      }),
      { numRuns: 2000 },
    );
  });

  it("gives no element of a cluster the address of a record", () => {
    fc.assert(
      fc.property(name, name, name, (cluster, user, other) => {
        for (const part of ["gate", "grants", "roster"] as const)
          expect(clusterAddress(cluster, part)).not.toBe(recordAddress(user, other));
      }),
    );
  });
});
