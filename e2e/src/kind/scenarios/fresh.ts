import { Bundle, type Profile } from "../fixtures/bundle.ts";
import { Postgres } from "../fixtures/postgres.ts";
import { checkCounts, checkHardened, checkSecondApply, checkUninstall, contents } from "./checks.ts";
import type { Scenario, Stage } from "./scenario.ts";

async function prepared(stage: Stage, profile: Profile, name: string): Promise<{ bundle: Bundle; before: string[] }> {
  const kubectl = await stage.namespace(`count-e2e-${name}`);
  if (profile === "postgres") {
    stage.step("starting PostgreSQL with TLS");
    const postgres = await Postgres.apply(kubectl, { authority: stage.authority });
    await postgres.ready();
  }
  return { bundle: await Bundle.overlay(kubectl, profile, stage.folders), before: await contents(kubectl) };
}

function fresh(profile: "demo" | "postgres"): Scenario {
  return {
    name: profile,
    title: `a fresh apply of ${profile} in a restricted namespace counts, without a warning; a second one changes nothing`,
    run: async (stage) => {
      const { bundle } = await prepared(stage, profile, profile);
      stage.step("applying");
      await bundle.install();
      stage.step("counting");
      await checkCounts(bundle, profile);
      stage.step("applying again");
      const objects = await checkSecondApply(bundle);
      const containers = await checkHardened(bundle.kubectl);
      return `${objects} objects, no warning, none changed by a second apply; ${containers} containers hardened`;
    },
  };
}

function reversed(profile: "demo" | "postgres", stays: readonly string[]): Scenario {
  return {
    name: `${profile}-reversed`,
    title: `${profile} converges when its objects are applied last to first, and uninstalls to what is documented`,
    run: async (stage) => {
      const { bundle, before } = await prepared(stage, profile, `${profile}-reversed`);
      const documents = (await bundle.documents()).reverse();
      stage.step(`applying ${documents.length} objects, the last one first`);
      for (const document of documents) await bundle.applyOne(document);
      await bundle.settled();
      stage.step("counting");
      await checkCounts(bundle, profile);
      stage.step("uninstalling");
      await checkUninstall(bundle, before, stays);
      return `${documents.length} objects; left after uninstalling: ${stays.join(", ") || "nothing"}`;
    },
  };
}

export const demo = fresh("demo");
export const demoReversed = reversed("demo", ["persistentvolumeclaims data-count-0"]);
export const postgres = fresh("postgres");
export const postgresReversed = reversed("postgres", []);
