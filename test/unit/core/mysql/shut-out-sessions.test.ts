import { type LoginAccount, shutOutSessions } from "../../../../core/mysql/shut-out-sessions";

const locked = (host: string): LoginAccount => ({ user: "sl_bob", host, locked: true });
const open = (host: string): LoginAccount => ({ user: "sl_bob", host, locked: false });

/** Whether a session of sl_bob from an address is one that could not log in now. */
const isShutOut = (client: string, accounts: readonly LoginAccount[]): boolean =>
  shutOutSessions([{ connection: 7, user: "sl_bob", client }], accounts).length === 1;

describe("sessions that could not log in now", () => {
  it.each<[string, string, readonly LoginAccount[], boolean]>([
    ["no account of its name", "10.0.0.1:4567", [{ ...open("%"), user: "sl_bobby" }], true],
    ["one that is locked", "10.0.0.1:4567", [locked("%")], true],
    ["one that is not", "10.0.0.1:4567", [open("%")], false],
    ["all locked, and none matches the address", "10.0.0.1:4567", [locked("192.%")], true],
    ["the nearer one locked", "10.0.0.1:4567", [open("%"), locked("10.%")], true],
    ["the nearer one locked, from elsewhere", "192.168.0.1:4567", [open("%"), locked("10.%")], false],
    ["the farther one locked", "10.0.0.1:4567", [locked("%"), open("10.%")], false],
    ["the very address locked", "10.0.0.1:4567", [open("10.%"), locked("10.0.0.1")], true],
    ["the very address of IPv6 locked", "fe80::1:4567", [open("%"), locked("fe80::1")], true],
    ["two as near", "10.0.0.1:4567", [locked("10._.0.1"), open("10.%")], false],
    ["a name of a host, which is not known to match", "build-7:4567", [open("%"), locked("10.%")], false],
    ["a dot that is no wildcard", "10a0b0c1:4567", [open("%"), locked("10.0.0.1")], false],
    ["none for its address", "10.0.0.1:4567", [open("192.%"), open("fe80::%"), open("11.0.0.0/8")], true],
    ["one for its address", "10.0.0.1:4567", [open("192.%"), open("10.0.0.0/8")], false],
    ["none for its address of IPv6", "fe80::1:4567", [open("10.%"), open("::1")], true],
    ["a name of a host, whose address is not known", "build-7:4567", [open("192.%")], false],
    ["a nearer netmask locked", "10.0.0.1:4567", [open("10.%"), locked("10.0.0.0/255.0.0.0")], true],
    ["a farther netmask locked", "10.1.0.1:4567", [locked("10.0.0.0/8"), open("10.1.0.0/16")], false],
  ])("%s", (_, client, accounts, expected) => {
    expect(isShutOut(client, accounts)).toBe(expected);
  });
});
