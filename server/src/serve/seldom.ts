/** What may happen a thousand times a second is written this often. */
const EVERY_MS = 10_000;

/**
 * Tells of something that may happen at any rate, at most once in ten seconds: of the first time at once, and then how often
 * it happened since. What happens last within ten seconds and never again is told with the next.
 *
 * @param tell hears how many times it was, and what of the latest.
 * @param now in milliseconds, of a clock that never goes back.
 */
export function seldom<Latest>(
  tell: (times: number, latest: Latest) => void,
  now: () => number = () => performance.now(),
): (latest: Latest) => void {
  let times = 0;
  let told = Number.NEGATIVE_INFINITY;
  return (latest) => {
    times++;
    if (now() - told < EVERY_MS) return;
    told = now();
    tell(times, latest);
    times = 0;
  };
}
