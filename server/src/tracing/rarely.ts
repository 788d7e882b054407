/**
 * Passes a message on at most once in a while, with how often there was one since the last.
 *
 * @param now in milliseconds, of a clock that never goes back
 */
export function rarely(
  everyMs: number,
  tell: (message: string, times: number) => void,
  now: () => number = () => performance.now(),
): (message: string) => void {
  let times = 0;
  let told = Number.NEGATIVE_INFINITY;
  return (message) => {
    times++;
    if (now() - told < everyMs) return;
    told = now();
    tell(message, times);
    times = 0;
  };
}
