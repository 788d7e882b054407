import { WireReader } from "./wire-reader.ts";

/** The fields of a RecordBatch, as {@link readRecordMessage} leaves them. Reused from message to message. */
export interface BatchColumns {
  number: number;
  /** Their bytes, as Latin-1 strings. */
  readonly strings: string[];
  /** Indices into the strings; -1, or one that is not there, for whatever does not point at one. */
  readonly services: number[];
  readonly methods: number[];
  readonly paths: number[];
  /** Quarters of an hour since 1970-01-01T00:00:00Z. */
  readonly buckets: number[];
  /** Rounded beyond 2^53, like every number here. */
  readonly counts: number[];
  dropped: number;
}

export function emptyColumns(): BatchColumns {
  return {
    number: 0,
    strings: [],
    services: [],
    methods: [],
    paths: [],
    buckets: [],
    counts: [],
    dropped: 0,
  };
}

/** Messages are read one at a time, without a pause in between. */
const reader = new WireReader();

/**
 * Reads a RecordRequest without making message objects: fields in any order, packed or not, unknown ones skipped.
 *
 * @returns which of the two it holds: a `Buffer` is the client id of a hello, `"batch"` says that `into` was filled; and
 *   `"empty"` or `"malformed"`.
 */
export function readRecordMessage(bytes: Buffer, into: BatchColumns): Buffer | "batch" | "empty" | "malformed" {
  let read: Buffer | "batch" | "empty" = "empty";
  reader.open(bytes);
  while (reader.at < bytes.length) {
    const tag = reader.varint();
    if (tag === 0x0a) {
      read = readHello(read);
    } else if (tag === 0x12) {
      // A message in several pieces is merged, unless something else of the oneof came in between.
      if (read !== "batch") clear(into);
      read = "batch";
      readBatch(into);
    } else if (!reader.skip(tag)) {
      return "malformed";
    }
  }
  return reader.at === bytes.length ? read : "malformed";
}

function readHello(before: Buffer | string): Buffer {
  let clientId = Buffer.isBuffer(before) ? before : Buffer.alloc(0);
  const end = reader.lengthDelimited();
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x0a) clientId = Buffer.from(reader.latin1(), "latin1");
    else if (!reader.skip(tag)) reader.fail();
  }
  if (reader.at !== end) reader.fail();
  return clientId;
}

function readBatch(into: BatchColumns): void {
  const end = reader.lengthDelimited();
  while (reader.at < end) {
    const tag = reader.varint();
    if (tag === 0x12) into.strings.push(reader.latin1());
    else if (tag === 0x08) into.number = reader.varint();
    else if (tag === 0x40) into.dropped = reader.varint();
    else if (!(readColumn(tag, into) || reader.skip(tag))) reader.fail();
  }
  if (reader.at !== end) reader.fail();
}

/** A column is packed, or one entry of it is a field of its own. @returns false when the tag is no column's */
function readColumn(tag: number, into: BatchColumns): boolean {
  switch (tag) {
    case 0x1a:
      for (let end = reader.lengthDelimited(); inside(end); ) into.services.push(reader.varint());
      return true;
    case 0x22:
      for (let end = reader.lengthDelimited(); inside(end); ) into.methods.push(reader.enum());
      return true;
    case 0x2a:
      for (let end = reader.lengthDelimited(); inside(end); ) into.paths.push(reader.varint());
      return true;
    case 0x32:
      for (let end = reader.lengthDelimited(); inside(end); ) into.buckets.push(reader.sint64());
      return true;
    case 0x3a:
      for (let end = reader.lengthDelimited(); inside(end); ) into.counts.push(reader.varint());
      return true;
    case 0x18:
      into.services.push(reader.varint());
      return true;
    case 0x20:
      into.methods.push(reader.enum());
      return true;
    case 0x28:
      into.paths.push(reader.varint());
      return true;
    case 0x30:
      into.buckets.push(reader.sint64());
      return true;
    case 0x38:
      into.counts.push(reader.varint());
      return true;
    default:
      return false;
  }
}

/** Whether the packed column goes on; a varint that reaches beyond its end spoils the message. */
function inside(end: number): boolean {
  if (reader.at > end) reader.fail();
  return reader.at < end;
}

function clear(columns: BatchColumns): void {
  columns.number = 0;
  columns.dropped = 0;
  columns.strings.length = 0;
  columns.services.length = 0;
  columns.methods.length = 0;
  columns.paths.length = 0;
  columns.buckets.length = 0;
  columns.counts.length = 0;
}
