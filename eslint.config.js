import tseslint from "typescript-eslint";
import { layers } from "./scripts/layers.js";

export default tseslint.config(
  { ignores: ["**/dist/", "**/gen/", "**/node_modules/", "**/*.js"] },
  {
    files: ["**/*.ts", "**/*.tsx"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Numbers in messages are what a reader of an error needs.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // Arrays are indexed in hot loops whose bounds are the loop's own.
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
    },
  },
  { files: ["**/test/**/*.ts"], rules: { "@typescript-eslint/require-await": "off" } },
  ...layers,
);
