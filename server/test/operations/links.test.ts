import { access, readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";

const repository = new URL("../../../", import.meta.url);
const TEXTS = [
  "README.md",
  "CONTRIBUTING.md",
  ...["http-api", "metrics", "operations", "running", "settings"].map((name) => `docs/${name}.md`),
  ...["client", "infra", "e2e", "charts", "examples", "server/src/agent"].map((folder) => `${folder}/README.md`),
];

/** As GitHub makes an anchor of a heading: lower case, spaces as hyphens, and nothing else but letters, digits, - and _. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");
}

async function anchorsOf(file: URL): Promise<string[]> {
  const text = (await readFile(file, "utf8")).replace(/^ *```[\s\S]*?^ *```/gm, "");
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

test.each(TEXTS)("what %s links to is there, its section too", async (path) => {
  const from = new URL(path, repository);
  const links = [...(await readFile(from, "utf8")).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  const missing: string[] = [];
  for (const link of links.filter((link) => !/^https?:/.test(link))) {
    const target = new URL(link, from);
    const anchor = decodeURIComponent(target.hash.slice(1));
    target.hash = "";
    const isThere = await access(target).then(
      () => true,
      () => false,
    );
    if (!isThere || (anchor !== "" && !(await anchorsOf(target)).includes(anchor))) missing.push(link);
  }
  expect(missing).toEqual([]);
});
