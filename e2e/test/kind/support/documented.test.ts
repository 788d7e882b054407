import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { documentedCommands } from "../../../src/kind/support/documented.ts";

test("commands of code and of sentences are found, once each, continued lines in one", () => {
  const page = [
    "Say `kubectl get jobs --namespace count`, or `kubectl describe pod` of one.",
    "```sh",
    "kubectl create secret generic --namespace count s \\",
    "  --from-file=a",
    "kubectl create namespace count",
    "kubectl get jobs --namespace count",
    "kubectl get jobs --namespace country",
    "```",
  ].join("\n");
  expect(documentedCommands(page)).toEqual([
    "kubectl get jobs --namespace count",
    "kubectl create secret generic --namespace count s --from-file=a",
    "kubectl create namespace count",
  ]);
});

test("the operations guide and the next steps have commands that the suite runs", () => {
  const page = (path: string) => readFileSync(fileURLToPath(new URL(`../../../../${path}`, import.meta.url)), "utf8");
  expect(documentedCommands(page("docs/operations.md"))).toContain(
    "kubectl exec --namespace count deployment/count --container count -- count doctor",
  );
  expect(documentedCommands(page("charts/postgres/NEXT-STEPS.md"))).toContain(
    "kubectl delete --namespace count --ignore-not-found -k .",
  );
});
