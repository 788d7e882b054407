import { render } from "preact";
import { App } from "./app.tsx";
import { applyRememberedTheme } from "./state/use-theme.ts";

applyRememberedTheme();
const root = document.getElementById("app");
if (root !== null) render(<App />, root);
