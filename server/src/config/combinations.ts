import { type Address, formatAddress } from "./address.ts";
import { listeningFaults } from "./listening.ts";
import type { Settings } from "./read-settings.ts";
import type { SettingKey } from "./settings.ts";

/** What is wrong with settings that are right one by one: a sentence for each, with every value involved. */
export function combinationFaults({ values, faulty, told }: Settings): string[] {
  const faults: string[] = [];
  const { tlsCertFile, tlsKeyFile, tlsClientCaFile, drainDelayMs, stopLimitMs } = values;
  // A setting that is wrong by itself has its default, which would make faults that are none.
  const say = (why: string, ...keys: readonly SettingKey[]) => {
    if (!keys.some((key) => faulty.has(key))) faults.push(`${keys.map(told).join(", ")}: ${why}`);
  };

  if ((tlsCertFile === undefined) !== (tlsKeyFile === undefined)) {
    say("a certificate and its key must be given together", "tlsCertFile", "tlsKeyFile");
  }
  if (tlsClientCaFile !== undefined && tlsCertFile === undefined && tlsKeyFile === undefined) {
    say("clients can show certificates only to a server that has one", "tlsClientCaFile", "tlsCertFile", "tlsKeyFile");
  }
  listeningFaults(values, say);
  if (drainDelayMs >= stopLimitMs) {
    say("the delay must be shorter than the limit, or nothing is left for draining", "drainDelayMs", "stopLimitMs");
  }
  if (values.totalsRetentionDays < values.bucketRetentionDays) {
    say(
      "totals must be kept for as long as their 15-minute counts at least",
      "totalsRetentionDays",
      "bucketRetentionDays",
    );
  }
  const listeners: readonly SettingKey[] = ["grpcAddress", "webAddress", "httpAddress", "healthAddress"];
  for (const [index, key] of listeners.entries()) {
    for (const other of listeners.slice(0, index)) {
      const address = values[key] as Address | undefined;
      const taken = values[other] as Address | undefined;
      if (address === undefined || taken === undefined || address.port === 0) continue;
      if (formatAddress(address) === formatAddress(taken)) say("each needs an address of its own", other, key);
    }
  }
  return faults;
}
