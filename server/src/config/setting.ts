import { z } from "zod";
import { normalizeDatabaseUrl } from "../db/database-url.ts";
import { type Address, parseAddress } from "./address.ts";

export type SettingCommand = "serve" | "migrate" | "agent";

/** One setting: a flag, an environment variable, and what both accept. Commander's options and the table in docs/settings.md are made from it. */
export interface Setting<Value = unknown> {
  /** The camel-case name under which commander hands over the flag's value. */
  readonly key: string;
  /** `--grpc-address`. A flag goes before the environment. */
  readonly flag: string;
  /** `<host:port>`; undefined for a switch, which takes no value. */
  readonly argument: string | undefined;
  /** `COUNT_GRPC_ADDRESS`. An empty variable counts as unset. */
  readonly env: string;
  /** The commands that read it. */
  readonly commands: readonly SettingCommand[];
  /** What it is and what follows from it, with its unit. */
  readonly description: string;
  /** The default in words or as it would be given. */
  readonly default: string;
  /** What is accepted, as the end of "it must be …". */
  readonly accepts: string;
  /** From the text that was given to the value. */
  readonly rule: z.ZodType<Value, string>;
  /** The value when nothing is given. */
  readonly fallback: Value;
  /** How the text that was given may be shown. */
  readonly show: (text: string) => string;
}

interface Definition<Value> {
  readonly argument?: string;
  readonly env?: string;
  readonly commands?: readonly SettingCommand[];
  readonly description: string;
  readonly default?: string;
  readonly kind: Kind<Value>;
  readonly fallback: Value;
  readonly show?: (text: string) => string;
}

/** What a value looks like: its rule, and the words for it. */
export interface Kind<Value> {
  readonly argument: string | undefined;
  readonly accepts: string;
  readonly rule: z.ZodType<Value, string>;
}

/** A setting by its key; the flag is the key in kebab case and the variable the key in upper case after `COUNT_`. */
export function setting<Value>(key: string, definition: Definition<Value>): Setting<Value> {
  const words = key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const { kind, fallback } = definition;
  return Object.freeze({
    key,
    flag: `--${words}`,
    argument: definition.argument ?? kind.argument,
    env: definition.env ?? `COUNT_${words.replaceAll("-", "_").toUpperCase()}`,
    commands: definition.commands ?? ["serve"],
    description: definition.description,
    default: definition.default ?? String(fallback),
    accepts: kind.accepts,
    rule: kind.rule,
    fallback,
    show: definition.show ?? ((text: string) => JSON.stringify(text)),
  });
}

/** A whole number. With `unlimited`, that word stands for Infinity. */
export function wholeNumber(unit: string, min: number, max: number, options?: { unlimited: true }): Kind<number> {
  const unlimited = options?.unlimited === true;
  return {
    argument: unit === "" ? "<number>" : `<${unit}>`,
    accepts: `a whole number${unit === "" ? "" : ` of ${unit}`} from ${min} to ${max}${unlimited ? ', or "unlimited"' : ""}`,
    rule: z
      .string()
      .regex(unlimited ? /^(?:\d{1,16}|unlimited)$/ : /^\d{1,16}$/)
      .transform((text) => (text === "unlimited" ? Number.POSITIVE_INFINITY : Number(text)))
      .refine((value) => (value >= min && value <= max) || value === Number.POSITIVE_INFINITY),
  };
}

export function oneOf<const Word extends string>(...words: readonly Word[]): Kind<Word> {
  return { argument: `<${words.join("|")}>`, accepts: `one of ${words.join(", ")}`, rule: z.enum(words) };
}

/** A switch: the flag takes no value, the variable `true` or `false`. */
export const onOrOff: Kind<boolean> = {
  argument: undefined,
  accepts: "true or false",
  rule: z.enum(["true", "false"]).transform((text) => text === "true"),
};

/** Any text without NUL, which no file system takes. */
export const filePath: Kind<string | undefined> = {
  argument: "<path>",
  accepts: "the path of a file or folder",
  rule: z.string().refine((text) => !text.includes("\0")),
};

export const listenAddress: Kind<Address> = {
  argument: "<host:port>",
  accepts: "host:port with a port from 0 to 65535, such as 127.0.0.1:7777, [::1]:7777 or 0.0.0.0:7777",
  rule: z.string().transform((text, context) => {
    const address = parseAddress(text);
    if (address !== undefined) return address;
    context.issues.push({ code: "custom", message: "not an address", input: text });
    return z.NEVER;
  }),
};

export const listenAddressOrNone: Kind<Address | undefined> = listenAddress;

/** An address, or the word `off`, which stands for undefined. */
export const listenAddressOrOff: Kind<Address | undefined> = {
  argument: "<host:port|off>",
  accepts: `${listenAddress.accepts}, or "off"`,
  rule: z
    .literal("off")
    .transform(() => undefined)
    .or(listenAddress.rule),
};

export const databaseUrl: Kind<string | undefined> = {
  argument: "<url>",
  accepts: "a URL such as postgresql://user:password@host:5432/database?sslmode=verify-full",
  rule: z.string().refine((text) => {
    try {
      return normalizeDatabaseUrl(text) !== "";
    } catch {
      return false;
    }
  }),
};
