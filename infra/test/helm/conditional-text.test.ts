import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { conditionalText } from "../../src/helm/conditional-text.ts";
import { lineDiff } from "../../src/helm/line-diff.ts";

const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });

describe("the difference of lines", () => {
  test("makes the other of the base", () => {
    fc.assert(
      fc.property(lines, lines, (base, other) => {
        const made: string[] = [];
        let at = 0;
        for (const { start, end, lines: instead } of lineDiff(base, other)) {
          made.push(...base.slice(at, start), ...instead);
          at = end;
        }
        expect([...made, ...base.slice(at)]).toEqual(other);
      }),
    );
  });

  test("leaves alone what is common", () => {
    expect(lineDiff(["a", "b", "c"], ["a", "x", "c", "d"])).toEqual([
      { start: 1, end: 2, lines: ["x"] },
      { start: 3, end: 3, lines: ["d"] },
    ]);
  });
});

describe("a text with conditions", () => {
  test("has what a case adds, changes and takes away", () => {
    expect(conditionalText("a\nb\nc", [[{ when: ".x", text: "a\nB\nc\nd" }]])).toBe(
      "a\n{{- if .x }}\nB\n{{- else }}\nb\n{{- end }}\nc\n{{- if .x }}\nd\n{{- end }}",
    );
  });

  test("chooses between cases that exclude one another", () => {
    const cases = [
      { when: ".x", text: "a\nX" },
      { when: ".y", text: "Y" },
    ];
    expect(conditionalText("a\nb", [cases])).toBe(
      "{{- if .x }}\na\nX\n{{- else if .y }}\nY\n{{- else }}\na\nb\n{{- end }}",
    );
  });

  test("has once what cases beside each other have in common", () => {
    const cases = [
      { when: "and .x .y", text: "a\nX" },
      { when: ".x", text: "a\nX" },
      { when: ".z", text: "a\nZ" },
    ];
    expect(conditionalText("a", [cases])).toBe("a\n{{- if or (and .x .y) (.x) }}\nX\n{{- else if .z }}\nZ\n{{- end }}");
  });

  test("keeps what independent options add at the same place", () => {
    expect(conditionalText("a\nz", [[{ when: ".x", text: "a\nX\nz" }], [{ when: ".y", text: "a\nY\nz" }]])).toBe(
      "a\n{{- if .x }}\nX\n{{- end }}\n{{- if .y }}\nY\n{{- end }}\nz",
    );
  });

  test("refuses options that change the same line", () => {
    expect(() => conditionalText("a", [[{ when: ".x", text: "X" }], [{ when: ".y", text: "Y" }]])).toThrow(
      'two options change line 1, "a"',
    );
  });
});
