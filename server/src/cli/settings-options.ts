import { type Command, Option } from "commander";
import type { Setting, SettingCommand } from "../config/setting.ts";
import { settings } from "../config/settings.ts";

const INDENT = 6;

/**
 * Gives a command a flag for each of its settings. Flags have no default and no check here: `config` reads flags and
 * environment together, so that all faults are told at once.
 */
export function addSettings(command: Command, name: SettingCommand, table: readonly Setting[] = settings): Command {
  command.optionsGroup("Settings:").configureHelp({
    // Most of these need a sentence or two, and have long names: beside them no room would be left.
    formatItem: (term, _width, description, helper) =>
      `  ${term}\n${helper.boxWrap(description, (helper.helpWidth ?? 80) - INDENT).replace(/^/gm, " ".repeat(INDENT))}`,
  });
  for (const { flag, argument, env, description, default: standard, commands } of table) {
    if (!commands.includes(name)) continue;
    const text = `${description} (default: ${standard}; env: ${env})`;
    command.addOption(new Option(argument === undefined ? flag : `${flag} ${argument}`, text));
  }
  return command;
}
