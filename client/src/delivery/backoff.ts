/**
 * How long to wait before attempt `attempt` (0 is the first retry): uniformly 0 to min(maxMs, minMs · 2^attempt), "full
 * jitter" of Marc Brooker's "Exponential Backoff And Jitter", which spreads the senders that lost the same server.
 */
export function backoffMs(attempt: number, minMs: number, maxMs: number, random: () => number): number {
  return random() * Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
}
