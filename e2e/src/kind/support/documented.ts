/**
 * The commands of kubectl in a page of Markdown, in their order and each once: lines of code, continued ones in one, and code in sentences.
 * They are complete when they name the namespace `count`; others are mentioned only.
 */
export function documentedCommands(markdown: string): readonly string[] {
  const text = markdown.replaceAll(/ \\\n\s*/g, " ");
  const found = [...text.matchAll(/^(kubectl .+)$|`(kubectl [^`\n]+)`/gm)].map(
    ([, line, inline]) => line ?? inline ?? "",
  );
  return [...new Set(found.filter((command) => /namespace count(?: |$)/.test(command)))];
}
