import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "@jest/globals";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** Debian's, Ubuntu's and Google's. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const FLAGS = [
  "--headless",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Root has no sandbox to use.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];
const ARTEFACTS = join(import.meta.dirname, "../../artefacts");

const executable = process.env["COUNT_TEST_CHROMIUM"] ?? PLACES.find((place) => existsSync(place));

/**
 * Tests in a real browser. Without one they are left out, with a message; `COUNT_TEST_BROWSER=required`, which .ci/run sets,
 * makes that a failure.
 */
export function describeInBrowser(title: string, tests: () => void): void {
  if (executable !== undefined || process.env["COUNT_TEST_BROWSER"] === "required") {
    describe(title, tests);
    return;
  }
  process.stderr.write(`${title}: left out, there is no Chromium (apt-get install chromium, or COUNT_TEST_CHROMIUM)\n`);
  describe.skip(title, tests);
}

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

/** A browser with a profile of its own, and pages that tell what they asked for and what went wrong. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #folder: string;

  private constructor(browser: Browser, folder: string) {
    this.#browser = browser;
    this.#folder = folder;
  }

  static async start(): Promise<TestBrowser> {
    if (executable === undefined) throw new Error("there is no Chromium: apt-get install chromium");
    const folder = await mkdtemp(join(tmpdir(), "count-browser-"));
    const args = [...FLAGS, `--disk-cache-dir=${folder}/cache`];
    const browser = await chromium.launch({ executablePath: executable, args, downloadsPath: folder });
    return new TestBrowser(browser, folder);
  }

  /** A page as a new visitor has it. */
  async open({ width = 1_280, height = 900, scheme = "light" }: Look = {}): Promise<TestPage> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: scheme,
      reducedMotion: "reduce",
      locale: "en-US",
      timezoneId: "Europe/Berlin",
      acceptDownloads: true,
      ignoreHTTPSErrors: true,
    });
    return new TestPage(context, await context.newPage());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export class TestPage implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  /** Hosts that were asked for anything. */
  readonly hosts = new Set<string>();
  /** Errors of scripts, and what the content security policy has stopped. */
  readonly errors: string[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.setDefaultTimeout(30_000);
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:") this.hosts.add(url.host);
    });
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      // A server that is away, or refuses, is not an error of the page.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
        this.errors.push(message.text());
      }
    });
  }

  /** A picture for people, in page/artefacts. */
  async picture(name: string): Promise<void> {
    await mkdir(ARTEFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTEFACTS, `${name}.png`), fullPage: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
