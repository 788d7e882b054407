import { type Deployment, rolloutLack } from "../cluster/objects.ts";
import { AGENT, applyWithAgent } from "../fixtures/agent-app.ts";
import type { Bundle } from "../fixtures/bundle.ts";
import { clientContainer, clientPodSpec, send } from "../fixtures/client-pod.ts";
import type { Requests } from "../pods/messages.ts";
import { dayOf, midnight } from "../support/days.ts";
import { same } from "../support/same.ts";
import { until } from "../support/until.ts";
import type { Scenario } from "./scenario.ts";

const LIMIT_MS = 120_000;

/** Of three days, methods and paths, so that nothing can be mistaken for something else. */
function requestsOf(name: string): readonly Requests[] {
  const noon = (daysAgo: number): number => midnight(daysAgo) + 43_200_000;
  return [
    { method: "GET", path: `/${name}/:id`, atMs: noon(1), times: 401 },
    { method: "POST", path: `/${name}`, atMs: noon(1), times: 53 },
    { method: "GET", path: `/${name}/:id`, atMs: noon(2), times: 77 },
    { method: "GRPC", path: `/${name}.v1.Shop/Buy`, atMs: noon(9), times: 1_009 },
  ];
}

const SENT = requestsOf("any").reduce((sum, { times }) => sum + times, 0);

/** Waits for what an agent still delivers, and holds the totals of each day against what was sent. */
async function checkTotals(bundle: Bundle, service: string, name: string): Promise<void> {
  const expected = requestsOf(name)
    .map(({ method, path, atMs, times }) => `${dayOf(atMs)} ${service} ${method} ${path} ${times}`)
    .sort();
  const look = async (): Promise<string[]> => {
    const totals = await bundle.totals(["--from", "2000-01-01", "--pending", "--service", service]);
    return [...totals]
      .filter(([key]) => new RegExp(`/${name}(?:[/.]|$)`).test(key))
      .map(([key, count]) => `${key} ${count}`)
      .sort();
  };
  await until(
    `the ${SENT} requests of ${name}`,
    async () => {
      const found = await look();
      return found.length >= expected.length ? { value: found } : { not: found.join(", ") };
    },
    { limitMs: LIMIT_MS },
  );
  same(`the totals of ${name}`, await look(), expected);
}

/** An application that does nothing by itself. */
function application(target: string): object & { readonly kind: string } {
  const container = clientContainer("add", { target, service: "", requests: [] });
  const idle = { ...container, args: ["--eval", "setInterval(() => {}, 60_000)"] };
  const labels = { app: "application" };
  const spec = { ...clientPodSpec([idle]), restartPolicy: "Always" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "application", labels: { ...labels, "count-agent": "true" } },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  } as object & { readonly kind: string };
}

export const threeWays: Scenario = {
  name: "three-ways",
  title:
    "requests of in-process clients, of the original's Add and through the sidecar are stored exactly as they were sent",
  sharesInstallation: true,
  run: async ({ installation, step, folders }) => {
    const { bundle, kubectl } = await installation();
    const { target } = bundle;

    step("by an in-process client");
    const recorded = await send(kubectl, "by-client", "record", {
      target,
      service: "by-client",
      requests: requestsOf("client"),
    });
    same("answered for", recorded, SENT);
    await checkTotals(bundle, "by-client", "client");

    step("by Add of the original protocol");
    const added = await send(kubectl, "by-add", "add", { target, service: "", requests: requestsOf("add") });
    same("answered for", added, SENT);
    await checkTotals(bundle, "", "add");

    step("through the sidecar of an application");
    await applyWithAgent(bundle, folders, { name: "application", workload: application(AGENT) });
    await kubectl.until<Deployment>("is ready", "deployment", "application", rolloutLack, { limitMs: LIMIT_MS });
    const ways = [
      ["record", "by-sidecar", "sidecar"],
      ["add", "", "sidecar-add"],
    ] as const;
    for (const [program, service, name] of ways) {
      const options = JSON.stringify({ target: AGENT, service, requests: requestsOf(name) });
      const command = ["node", `/opt/count/e2e/${program}.js`, options];
      const said = await kubectl.exec("deployment/application", command, "client");
      same("answered for by the agent", JSON.parse(said), { acknowledged: SENT });
      await checkTotals(bundle, service, name);
    }
    await kubectl.run(["delete", "deployment", "application", "--wait=false"]);
    return `4 × ${SENT} requests of 3 days`;
  },
};
