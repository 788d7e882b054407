import type { Setting, SettingCommand } from "./setting.ts";
import { SETTINGS, type SettingKey, type SettingValues } from "./settings.ts";

/** Flags by key, as commander hands them over: text, or true for a switch. Undefined is a flag that was not given. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** Settings by key. */
export type SettingTable = Readonly<Record<string, Setting>>;

/** What a value of each setting of a table is. */
export type ValuesOf<Table extends SettingTable> = {
  readonly [Key in keyof Table]: Table[Key] extends Setting<infer Value> ? Value : never;
};

export type Settings = SettingsOf<SettingValues, SettingKey>;

export interface SettingsOf<Values, Key> {
  readonly values: Values;
  /** One sentence for each value that cannot be used. */
  readonly faults: readonly string[];
  /** The settings that {@link faults} is about; they have their defaults. */
  readonly faulty: ReadonlySet<string>;
  /** `--grpc-address "127.0.0.1:7777"`: a setting by the name that was used, with its value; for messages. */
  readonly told: (key: Key) => string;
}

/** Reads the settings of a command from flags and environment; a flag goes first. A value that cannot be used becomes a fault and its default. */
export function readSettings(command: SettingCommand, flags: Flags, env: Environment): Settings {
  return readTable(SETTINGS, command, flags, env);
}

/** The same with the settings of a table. */
export function readTable<Table extends SettingTable>(
  table: Table,
  command: SettingCommand,
  flags: Flags,
  env: Environment,
): SettingsOf<ValuesOf<Table>, keyof Table & string> {
  const values: Record<string, unknown> = {};
  const texts = new Map<string, { name: string; text: string }>();
  const faults: string[] = [];
  const faulty = new Set<string>();
  for (const { key, flag, env: variable, commands, rule, fallback, accepts, show } of Object.values(table)) {
    values[key] = fallback;
    if (!commands.includes(command)) continue;
    const given = flags[key];
    const name = given === undefined ? variable : flag;
    const text = given === undefined ? env[variable] : String(given);
    // A variable that is empty is unset: compose files and manifests can hardly leave one out.
    if (text === undefined || (given === undefined && text === "")) continue;
    texts.set(key, { name, text: show(text) });
    const result = rule.safeParse(text);
    if (result.success) {
      values[key] = result.data;
      continue;
    }
    faulty.add(key);
    faults.push(`${name} (${given === undefined ? flag : variable}) is ${show(text)}: it must be ${accepts}`);
  }
  const told = (key: keyof Table & string): string => {
    const text = texts.get(key);
    const { flag, env: variable, default: standard } = table[key]!;
    return text === undefined ? `${variable} (${flag}) is not set (${standard})` : `${text.name} is ${text.text}`;
  };
  return { values: values as ValuesOf<Table>, faults, faulty, told };
}
