const { readFileSync } = require("node:fs");
const { join } = require("node:path");

/** A resolver for jest that takes the packages which a folder's package.json names from that folder, whoever imports them. */
module.exports = (folder) => {
  const { devDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const names = Object.keys(devDependencies);
  const isTheirs = (path) => names.some((name) => path === name || path.startsWith(`${name}/`));
  return (path, options) => options.defaultResolver(path, isTheirs(path) ? { ...options, basedir: folder } : options);
};
