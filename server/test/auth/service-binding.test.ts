import { RefusalReason } from "@count/proto";
import { describe, expect, test } from "@jest/globals";
import { ANYONE, type Identity } from "../../src/auth/identity.ts";
import { bindingOf } from "../../src/auth/service-binding.ts";

const latin1 = (text: string) => Buffer.from(text).toString("latin1");
const identity = (...services: string[]): Identity => ({
  name: "team",
  scopes: new Set(["record"]),
  services: new Set(services),
});
const forbidden = (message: string) => ({ reason: RefusalReason.SERVICE_FORBIDDEN, message });

describe("an identity that is bound to services", () => {
  test("counts for those, and gives its own to a request that names none when it is the only one", () => {
    const one = bindingOf(identity("größe"))!;
    expect(one.serviceOf(latin1("größe"))).toBe(latin1("größe"));
    expect(one.serviceOf("")).toBe(latin1("größe"));
    expect(one.serviceOf("cart")).toEqual(forbidden('service "cart" is forbidden to "team"; accepted is "größe"'));
    expect(one.serviceOf(latin1("grösse"))).toEqual(
      forbidden('service "grösse" is forbidden to "team"; accepted is "größe"'),
    );
  });

  test("must name one when it has several, unless none is one of them", () => {
    const two = bindingOf(identity("shop", "cart"))!;
    expect(two.serviceOf("cart")).toBe("cart");
    expect(two.serviceOf("")).toEqual(forbidden('service "" is forbidden to "team"; accepted are "shop", "cart"'));
    const none = bindingOf(identity("", "cart"))!;
    expect(none.serviceOf("")).toBe("");
    expect(none.serviceOf("cart")).toBe("cart");
    const many = bindingOf(identity("a", "b", "c", "d", "e", "f", "g"))!;
    expect(many.serviceOf("x")).toEqual(
      forbidden('service "x" is forbidden to "team"; accepted are "a", "b", "c", "d", "e" and 2 more'),
    );
  });

  test("is one that is bound: anyone else has no binding", () => {
    expect(bindingOf(ANYONE)).toBeUndefined();
    const bound = identity("a");
    expect(bindingOf(bound)).toBe(bindingOf(bound));
  });
});
