import { CountError } from "../domain/count-error.ts";
import type { ByteQueue } from "./byte-queue.ts";

export function endsEarly(): CountError {
  return new CountError("invalid", "the gzip data ends early; the lines before that were read");
}

/** zlib keeps the output of the call that fails, so a few lines before the damage may be missing. */
export function damaged({ offset }: ByteQueue, cause?: unknown): CountError {
  return new CountError(
    "invalid",
    `the gzip data is damaged before byte ${offset}; the lines up to the damage were read`,
    cause,
  );
}

export function trailing(): CountError {
  return new CountError("invalid", "after the gzip data comes something else, which was not read");
}
