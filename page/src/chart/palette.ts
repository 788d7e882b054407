/**
 * Colours of the series, after Okabe and Ito: told apart with any kind of colour vision, and each at least 3 : 1 against
 * the card that it lies on. Light and dark in the same order.
 */
const LIGHT = ["#1d5fd1", "#c2540a", "#00806a", "#a1478f", "#8a6d00", "#2f87b5", "#b8325f"];
const DARK = ["#6aa5ff", "#f09a55", "#3cc9a7", "#da92cd", "#dcc04a", "#86d0f2", "#f58aae"];
const OTHER = { light: "#7b8493", dark: "#8b95a6" };

export function colorOf(index: number, remainder: boolean, isDark: boolean): string {
  if (remainder) return isDark ? OTHER.dark : OTHER.light;
  const colors = isDark ? DARK : LIGHT;
  return colors[index % colors.length] ?? OTHER.light;
}
