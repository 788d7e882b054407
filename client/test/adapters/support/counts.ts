import { methodName } from "@count/proto";
import { BUCKET_MS } from "../../../src/counting/bucket.ts";
import type { FakeDatabase } from "../../support/record-server.ts";

/** What a server has stored, as `METHOD path` → count. */
export function countsOf({ stored }: FakeDatabase): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [key, count] of stored) {
    const { method, path } = parsed(key);
    const name = `${method} ${path}`;
    counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}

/** The services under which it was stored. */
export function servicesOf({ stored }: FakeDatabase): string[] {
  return [...new Set([...stored.keys()].map((key) => parsed(key).service))];
}

/** When it was, to 15 minutes, as `METHOD path` → ISO. */
export function timesOf({ stored }: FakeDatabase): Record<string, string> {
  return Object.fromEntries(
    [...stored.keys()].map((key) => {
      const { method, path, bucket } = parsed(key);
      return [`${method} ${path}`, new Date(bucket * BUCKET_MS).toISOString()];
    }),
  );
}

/** `service method path bucket`; a path has no space here. */
function parsed(key: string): { service: string; method: string; path: string; bucket: number } {
  const [service = "", method = "", path = "", bucket = ""] = key.split(" ");
  return { service, method: methodName(Number(method)) ?? method, path, bucket: Number(bucket) };
}
