import type { CountError } from "../domain/count-error.ts";
import type { IngestObserver } from "../ingest/ingest-observer.ts";
import type { Logger } from "./logger.ts";

/** A database that fails at once fails forty flushes a second. */
const EVERY_MS = 10_000;

/**
 * Passes everything on to `observer`, and writes to the log why a flush was given up: at most one line in ten seconds, with
 * how many there were since the last.
 *
 * @param now in milliseconds, of a clock that never goes back.
 */
export function logFailedFlushes(
  observer: IngestObserver,
  logger: Pick<Logger, "error">,
  now: () => number = () => performance.now(),
): IngestObserver {
  let flushes = 0;
  let requests = 0;
  let logged = Number.NEGATIVE_INFINITY;
  return {
    counted: (call, count) => observer.counted(call, count),
    refused: (call, reason, count) => observer.refused(call, reason, count),
    flushed: (flush) => observer.flushed(flush),
    overflowed: (what, count) => observer.overflowed(what, count),
    droppedBySenders: (count) => observer.droppedBySenders(count),
    resent: () => observer.resent(),
    cursorMoved: () => observer.cursorMoved(),
    full: (isFull) => observer.full(isFull),
    flushFailed(failed: number, reason: CountError): void {
      observer.flushFailed(failed, reason);
      flushes++;
      requests += failed;
      if (now() - logged < EVERY_MS) return;
      logged = now();
      logger.error(
        { flushes, requests, code: reason.code, reason: reason.message },
        "counts could not be stored; their senders were told so",
      );
      flushes = 0;
      requests = 0;
    },
  };
}
