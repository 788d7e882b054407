import { type Finding, type FindingId, ok, warning, wrong } from "./finding.ts";

/** From how long before its end a certificate is warned of, in days: renewers such as cert-manager act well before. */
const SOON_DAYS = 14;
const DAY_MS = 86_400_000;

export interface Validity {
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** What the dates of a certificate mean now. `whose` begins the sentence: `the certificate of …`. */
export function judgeValidity(id: FindingId, whose: string, { validFrom, validTo }: Validity, nowMs: number): Finding {
  const until = validTo.toISOString().slice(0, 16);
  if (nowMs > validTo.getTime()) {
    return wrong(
      id,
      `${whose} expired at ${until}Z: clients refuse it`,
      "Renew it; a server reads its files again by itself.",
    );
  }
  if (nowMs < validFrom.getTime()) {
    const from = validFrom.toISOString().slice(0, 16);
    return wrong(
      id,
      `${whose} is not valid before ${from}Z: clients refuse it`,
      "Check this machine's clock, then the certificate.",
    );
  }
  const days = Math.floor((validTo.getTime() - nowMs) / DAY_MS);
  if (days < SOON_DAYS) {
    const left = days === 1 ? "1 day" : `${days} days`;
    return warning(
      id,
      `${whose} is valid until ${until}Z, for ${left} more`,
      "Renew it now, and find out why it was not renewed; a server reads its files again by itself.",
    );
  }
  return ok(id, `${whose} is valid until ${until}Z`);
}
