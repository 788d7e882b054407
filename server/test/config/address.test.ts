import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatAddress, isLoopback, parseAddress, reachableAddress } from "../../src/config/address.ts";

describe("addresses", () => {
  test.each([
    ["127.0.0.1:7777", { host: "127.0.0.1", port: 7777 }],
    ["[::1]:0", { host: "::1", port: 0 }],
    [":7777", { host: "", port: 7777 }],
    ["count.example:65535", { host: "count.example", port: 65_535 }],
  ])("%s is an address", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
    expect(formatAddress(address)).toBe(text);
  });

  test.each(["", "7777", "host", "host:", "host:65536", "::1:7777", "[::1]", "a b:1", "http://host:1"])(
    "%p is none",
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  test("come back from text as they were", () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.constant("::1"), fc.constant(""));
    fc.assert(
      fc.property(host, fc.nat(65_535), (name, port) => {
        expect(parseAddress(formatAddress({ host: name, port }))).toEqual({ host: name, port });
      }),
    );
  });

  test("are loopback only when no other machine can reach them", () => {
    expect(["127.0.0.1", "127.9.9.9", "localhost", "::1"].every((host) => isLoopback({ host, port: 1 }))).toBe(true);
    expect(
      ["", "0.0.0.0", "::", "10.0.0.1", "127.example", "localhost.example"].some((host) =>
        isLoopback({ host, port: 1 }),
      ),
    ).toBe(false);
  });

  test("of every interface are reached through the loopback one", () => {
    expect(formatAddress(reachableAddress({ host: "0.0.0.0", port: 5 }))).toBe("127.0.0.1:5");
    expect(formatAddress(reachableAddress({ host: "db", port: 5 }))).toBe("db:5");
  });
});
