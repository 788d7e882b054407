/** Rewrites the tables of docs/settings.md and of the agent's README from the settings of the built server. `npm run generate` builds first. */
import { readFileSync, writeFileSync } from "node:fs";
import { agentSettings } from "../server/dist/config/agent-settings.js";
import { settings } from "../server/dist/config/settings.js";

const BEGIN = "<!-- settings: begin; written by `npm run generate` -->";
const END = "<!-- settings: end -->";

/** In a cell of a table a bar ends the cell, and an angle bracket may begin a tag. */
function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function code(text) {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** A default that could be given as it stands is shown as code, one in words as words. */
function standard({ fallback, default: text }) {
  return fallback !== undefined && !text.includes(" ") ? code(text) : cell(text);
}

function row(setting) {
  const { flag, env, commands, description, accepts } = setting;
  const also = commands.includes("migrate") ? " ¹" : "";
  const about = `${cell(description)} Accepts ${cell(accepts)}.`;
  return `| ${code(flag)}${also}<br>${code(env)} | ${standard(setting)} | ${about} |`;
}

/** Puts the table of some settings between the two lines of a file, which is named from the root. */
function write(path, list) {
  const file = new URL(`../${path}`, import.meta.url);
  const table = ["| flag, variable | default | what it is |", "| --- | --- | --- |", ...list.map(row)].join("\n");
  const text = readFileSync(file, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${path} lacks the lines ${BEGIN} and ${END}, in this order`);
  writeFileSync(file, `${text.slice(0, begin)}${BEGIN}\n\n${table}\n\n${text.slice(end)}`);
}

write("docs/settings.md", settings);
write("server/src/agent/README.md", agentSettings);
