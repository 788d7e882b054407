import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const DAY_MS = 86_400_000;

/** Certificates of any dates for localhost and 127.0.0.1, each its own authority, in a folder for as long as it is in scope. */
export class Certificates implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Certificates> {
    return new Certificates(await mkdtemp(join(tmpdir(), "count-doctor-tls-")));
  }

  cert(name: string): string {
    return join(this.folder, `${name}.pem`);
  }

  key(name: string): string {
    return join(this.folder, `${name}.key`);
  }

  /** @param fromDays, toDays validity, in days from now; `openssl ca` alone takes dates that have passed */
  async make(name: string, fromDays: number, toDays: number): Promise<void> {
    const at = (file: string) => join(this.folder, file);
    await writeFile(at(`${name}.index`), "");
    await writeFile(
      at(`${name}.cnf`),
      `[ca]\ndefault_ca=us\n[us]\ndatabase=${at(`${name}.index`)}\nrand_serial=yes\nnew_certs_dir=${this.folder}\n` +
        "default_md=sha256\npolicy=any\nx509_extensions=ext\n[any]\ncommonName=supplied\n" +
        "[ext]\nsubjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:true\n",
    );
    const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    await run("openssl", [
      "req",
      "-new",
      ...ec,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      this.key(name),
      "-out",
      at(`${name}.csr`),
    ]);
    const dates = ["-startdate", date(fromDays), "-enddate", date(toDays)];
    const files = ["-keyfile", this.key(name), "-in", at(`${name}.csr`), "-out", this.cert(name)];
    await run("openssl", ["ca", "-selfsign", "-batch", "-notext", "-config", at(`${name}.cnf`), ...dates, ...files]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** `20261124120000Z`. */
function date(days: number): string {
  return `${new Date(Date.now() + days * DAY_MS).toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`;
}
