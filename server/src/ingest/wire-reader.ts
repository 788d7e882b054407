const TWO_TO_63 = 2 ** 63;
const NOTHING = Buffer.alloc(0);

/**
 * Reads protobuf's binary format (https://protobuf.dev/programming-guides/encoding/) without making message objects, for the
 * messages that arrive by the thousand. A message is read in one go, so one reader serves all streams.
 *
 * What is cut off or too long sets the position to NaN, and every number that is read from then on is NaN: it is enough to
 * ask once, at the end, whether {@link WireReader.at} is where it should be.
 */
export class WireReader {
  bytes: Buffer = NOTHING;
  at = 0;
  end = 0;

  open(bytes: Buffer): void {
    this.bytes = bytes;
    this.at = 0;
    this.end = bytes.length;
  }

  /** An unsigned varint of at most ten bytes, rounded beyond 2^53. */
  varint(): number {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (!(this.at < this.end)) return this.fail();
      const byte = this.bytes[this.at++]!;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low;
    }
    let value = low;
    for (let factor = 268_435_456, i = 4; i < 10; i++, factor *= 128) {
      if (!(this.at < this.end)) return this.fail();
      const byte = this.bytes[this.at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    return this.fail();
  }

  /** A two's complement int64; exact wherever it is within 2^53 of zero. */
  int64(): number {
    const start = this.at;
    const value = this.varint();
    if (!(value >= TWO_TO_63)) return value;
    let exact = 0n;
    for (let i = start; i < this.at; i++) exact |= BigInt(this.bytes[i]! & 0x7f) << BigInt(7 * (i - start));
    return Number(BigInt.asIntN(64, exact));
  }

  /** A zigzag sint64, rounded beyond 2^53. */
  sint64(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** An enum: -1 for whatever no enum has. */
  enum(): number {
    const value = this.varint();
    return value > 0x7fff_ffff ? -1 : value;
  }

  /** The length of what follows, and its end. NaN when that is not there. */
  lengthDelimited(): number {
    const end = this.varint() + this.at;
    return end <= this.end ? end : this.fail();
  }

  /** Bytes as a Latin-1 string: a tenth of the cost of decoding UTF-8, and as good a key. */
  latin1(): string {
    const end = this.lengthDelimited();
    if (!(end >= 0)) return "";
    const text = this.bytes.toString("latin1", this.at, end);
    this.at = end;
    return text;
  }

  /** Passes over a field that is not known. @returns whether it was one. */
  skip(tag: number): boolean {
    // Field number 0 does not exist; groups (wire types 3 and 4) are not in proto3.
    if (!(tag >= 8)) return false;
    switch (tag % 8) {
      case 0:
        return !Number.isNaN(this.varint());
      case 1:
        this.at += 8;
        return this.at <= this.end;
      case 2:
        this.at = this.lengthDelimited();
        return this.at <= this.end;
      case 5:
        this.at += 4;
        return this.at <= this.end;
      default:
        return false;
    }
  }

  fail(): number {
    this.at = Number.NaN;
    return Number.NaN;
  }
}
