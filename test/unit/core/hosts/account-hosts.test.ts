import { hostRank, matchesHost } from "../../../../core/mysql/host-order";
import {
  canonicalHosts,
  hostFault,
  hostsSchema,
  isWithin,
  rosterHostsSchema,
} from "../../../../core/roster/account-hosts";

describe("the hosts of an account", () => {
  it.each([
    "%",
    "10.20.%",
    "10.%.%",
    "1__.0.0.1",
    "10.20.30.40",
    "10.0.0.0/255.0.0.0",
    "10.20.16.0/255.255.240.0",
    "10.0.0.0/8",
    "10.20.30.40/32",
    "0.0.0.0/1",
    "::1",
    "25_.%",
    "::5:0:1",
    "::ffff:0:0:1",
    "2001:DB8::0:1",
    "fe80::%",
    "%:%",
  ])("may be %s", host => {
    expect(hostFault(host)).toBeUndefined();
  });

  it.each([
    [
      "localhost",
      '"localhost" is a host name, and Aurora does not resolve names of clients: write addresses',
    ],
    ["%.shop.example", "is a host name"],
    ["build-7", "is a host name"],
    ["10.0.0.256", "is no address: write `10.20.%`"],
    ["010.0.0.1", "is no address"],
    ["10.0.0", "is no address"],
    ["10 .%", "is no address"],
    ["10.%'; DROP USER", "is a host name"],
    ["::ffff::1", "is no address"],
    ["10.%%", "has `%` twice in a row"],
    ["10.1.2.3.%", "matches no address"],
    ["ab%", "matches no address"],
    ["10.300.%", "matches no address"],
    ["010.20.%", "matches no address"],
    ["::ffff:a00:1", "is an address of IPv4 to the server: write `10.0.0.1`"],
    ["::FFFF:0:2", "is an address of IPv4 to the server: write `0.0.0.2`"],
    ["0:0::a00:1", "is an address of IPv4 to the server: write `10.0.0.1`"],
    ["::2", "is an address of IPv4 to the server: write `0.0.0.2`"],
    ["10.0.0.0/", "is no IPv4 address with a netmask"],
    ["10.0.0.0/33", "is no IPv4 address with a netmask"],
    ["10.0.0.0/08", "is no IPv4 address with a netmask"],
    ["10.0.0.0/8/8", "is no IPv4 address with a netmask"],
    ["10.%/8", "is no IPv4 address with a netmask"],
    ["::/8", "is no IPv4 address with a netmask"],
    ["0.0.0.0/0", "is every address: write `%`"],
    ["0.0.0.0/0.0.0.0", "is every address: write `%`"],
    ["10.0.0.0/255.0.255.0", "is no IPv4 address with a netmask of ones and then zeros"],
    ["10.1.2.3/8", "has bits beyond its netmask, so no address matches: write `10.0.0.0/8`"],
    ["192.168.3.0/255.255.254.0", "write `192.168.2.0/255.255.254.0`"],
    ["10.%.invalid", "is a host name"],
  ])("may not be %s", (host, message) => {
    expect(hostFault(host)).toContain(message);
  });

  it.each([
    [[], false],
    [["10.%", "10.%"], false],
    [["::1", "0:0::1"], false],
    [["10.0.0.0/8", "10.0.0.0/255.0.0.0"], false],
    [["10.0.0.1", "10.0.0.1/32"], false],
    [["10.0.0.0/8", "10.%"], true],
    [["10.0.0.0/8", "10.0.0.0/9"], true],
    [["1".repeat(61)], false],
  ])("%j: each once, and at least one", (hosts, isValid) => {
    expect(hostsSchema.safeParse(hosts).success).toBe(isValid);
  });

  it("are in a roster as the server keeps them, in order, and absent for `%` alone", () => {
    const hosts = canonicalHosts(["FE80::%", "2001:DB8:0::01", "10.20.%"]);
    expect(hosts).toEqual(["10.20.%", "2001:db8::1", "fe80::%"]);
    expect(canonicalHosts(["%"])).toBeUndefined();
    expect(canonicalHosts(["10.%", "%"])).toEqual(["%", "10.%"]);
    const isIn = (some: unknown) => rosterHostsSchema.safeParse(some).success;
    expect([hosts, [...hosts!].reverse(), ["%"], ["::0"], ["10.%", "127.%"]].map(isIn)).toEqual([
      ...[true, false, false, false, true],
    ]);
  });
});

describe("where an account of a host logs in from", () => {
  it.each<[string, string, boolean | undefined]>([
    ["%", "10.1.2.3", true],
    ["10.%", "10.1.2.3", true],
    ["10._.2.3", "10.1.2.3", true],
    ["10._.2.3", "10.11.2.3", false],
    ["10.0.0.0/255.0.0.0", "10.1.2.3", true],
    ["10.0.0.0/8", "11.1.2.3", false],
    ["128.0.0.0/1", "200.1.2.3", true],
    ["10.1.2.4/30", "10.1.2.7", true],
    ["10.1.2.4/30", "10.1.2.8", false],
    ["10.0.0.0/255.0.255.0", "10.7.0.3", false],
    ["::1", "::1", true],
    ["FE80::%", "fe80::7", true],
    ["10.%", "::1", false],
    ["10.0.0.0/8", "::1", false],
    ["10.%.invalid", "10.1.2.3", false],
    ["10.0.0.0/8", "build-7", undefined],
    ["10.%", "localhost", undefined],
    ["%", "localhost", true],
    ["build-%", "build-7", true],
  ])("%s, a client %s: %s", (host, client, matches) => {
    expect(matchesHost(host, client)).toBe(matches);
  });

  it("the server uses the nearest: addresses, ranges, and then patterns by their first wildcard", () => {
    const ranges = ["10.1.0.0/16", "10.0.0.0/8", "10.1.0.0/255.255.0.0", "10.0.0.0/255.0.0.0"];
    const hosts = ["10.1.2.3", ...ranges, "fe80::1", "10.1.%", "10.%", "1%", "%"];
    const byRank = [...hosts].reverse().sort((a, b) => hostRank(b) - hostRank(a));
    expect(byRank).toEqual(hosts);
    expect(hostRank("%")).toBe(0);
  });
});

describe("a host within another one", () => {
  it.each<[string, string, boolean]>([
    ["10.1.%", "%", true],
    ["%", "10.1.%", false],
    ["10.1.%", "10.%", true],
    ["10.%", "10.1.%", false],
    ["10.1.2.3", "10.1.%", true],
    ["10.11.%", "10.1.%", false],
    ["10.%", "10._", false],
    ["10.1", "10._", true],
    ["10.1.0.0/255.255.0.0", "10.0.0.0/8", true],
    ["10.0.0.0/8", "10.1.0.0/255.255.0.0", false],
    ["10.1.2.3", "10.1.0.0/16", true],
    ["11.1.2.3", "10.1.0.0/16", false],
    // A text that looks like it: 2.0.0.0/7 has 3.1.2.3, too.
    ["2.0.0.0/7", "2.%", false],
    ["10.1.%", "10.0.0.0/8", false],
    ["fe80::1", "fe80::%", true],
  ])("%s within %s: %s", (host, other, expected) => {
    expect(isWithin(host, other)).toBe(expected);
  });
});
