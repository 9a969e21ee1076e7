/**
 * Keeps the first and the last part of a stream of bytes in bounded memory.
 * Never holds more than `capacity` bytes; what lies between is counted and dropped.
 */
export class CappedBuffer {
  readonly #headCapacity: number;
  readonly #tailCapacity: number;
  #head: Buffer = Buffer.alloc(0);
  #headLength = 0;
  #tail: Buffer = Buffer.alloc(0);
  #tailBytes = 0;
  #total = 0;

  constructor(capacity: number) {
    this.#headCapacity = Math.floor(capacity / 2);
    this.#tailCapacity = capacity - this.#headCapacity;
  }

  /** Bytes seen, stored or not. */
  get bytes(): number {
    return this.#total;
  }

  get truncated(): boolean {
    return this.#total > this.#headCapacity + this.#tailCapacity;
  }

  push(chunk: Buffer): void {
    this.#total += chunk.length;
    const forHead = Math.min(chunk.length, this.#headCapacity - this.#headLength);
    if (forHead > 0) {
      this.#head = grown(this.#head, this.#headLength + forHead, this.#headCapacity);
      chunk.copy(this.#head, this.#headLength, 0, forHead);
      this.#headLength += forHead;
    }
    if (forHead < chunk.length && this.#tailCapacity > 0) this.#pushTail(chunk.subarray(forHead));
  }

  #pushTail(bytes: Buffer): void {
    const capacity = this.#tailCapacity;
    const kept = bytes.subarray(Math.max(0, bytes.length - capacity));
    // Growing is only legal before the ring has wrapped; by then it has its full size.
    this.#tail = grown(this.#tail, Math.min(capacity, this.#tailBytes + bytes.length), capacity);
    const at = (this.#tailBytes + bytes.length - kept.length) % capacity;
    const first = Math.min(kept.length, capacity - at);
    kept.copy(this.#tail, at, 0, first);
    kept.copy(this.#tail, 0, first);
    this.#tailBytes += bytes.length;
  }

  /**
   * What is stored. When bytes were dropped, a line says how many, and both parts are cut at line ends where they have
   * one: half a line could hold half a secret, which no redaction would recognise.
   */
  text(): string {
    const head = this.#head.subarray(0, this.#headLength);
    const tail = this.#orderedTail();
    if (!this.truncated) return Buffer.concat([head, tail]).toString('utf8');
    const headEnd = head.lastIndexOf(0x0a) + 1 || withoutPartialEnd(head);
    const tailStart = tail.indexOf(0x0a) + 1 || withoutPartialStart(tail);
    const left = this.#total - headEnd - (tail.length - tailStart);
    const note = `[... ${left} bytes left out ...]\n`;
    const before = head.toString('utf8', 0, headEnd);
    return `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${note}${tail.toString('utf8', tailStart)}`;
  }

  #orderedTail(): Buffer {
    if (this.#tailBytes <= this.#tailCapacity) return this.#tail.subarray(0, this.#tailBytes);
    const oldest = this.#tailBytes % this.#tailCapacity;
    return Buffer.concat([this.#tail.subarray(oldest), this.#tail.subarray(0, oldest)]);
  }
}

/** A buffer of at least `needed` bytes (at most `limit`) with the same content; doubles, so that filling is linear. */
export function grown(buffer: Buffer, needed: number, limit: number): Buffer {
  if (needed <= buffer.length) return buffer;
  const larger = Buffer.alloc(Math.min(limit, Math.max(needed, buffer.length * 2, 1024)));
  buffer.copy(larger);
  return larger;
}

/** Index after the last whole UTF-8 character. */
function withoutPartialEnd(bytes: Buffer): number {
  let at = bytes.length;
  while (at > 0 && bytes.length - at < 3 && isContinuation(bytes[at - 1])) at -= 1;
  const lead = bytes[at - 1] ?? 0;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return at - 1 + size <= bytes.length ? bytes.length : at - 1;
}

function withoutPartialStart(bytes: Buffer): number {
  let at = 0;
  while (at < 3 && isContinuation(bytes[at])) at += 1;
  return at;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
