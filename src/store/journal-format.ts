import { crc32 } from 'node:zlib';
import type { RawDelivery } from '../engine/ports.ts';

/** One record: a line of JSON, then the payload and a line feed. `bytes` and `crc` are the payload's. */
interface Head {
  readonly id: string;
  readonly event: string;
  readonly receivedAt: number;
  readonly bytes: number;
  readonly crc: number;
}

const lineFeed = Buffer.from('\n');

/** Throws a `RangeError` when the delivery has no time. */
export function encodeDelivery({ id, event, payload, receivedAt }: RawDelivery): readonly Buffer[] {
  if (!Number.isFinite(receivedAt)) throw new RangeError(`delivery ${id} has no time`);
  const body = Buffer.from(payload);
  const head: Head = { id, event, receivedAt, bytes: body.length, crc: crc32(body) };
  return [Buffer.from(`${JSON.stringify(head)}\n`), body, lineFeed];
}

/** Whole records only, up to the first that is not: what follows was never acknowledged. */
export function decodeDeliveries(file: Buffer): readonly RawDelivery[] {
  const deliveries: RawDelivery[] = [];
  for (let at = 0; at < file.length; ) {
    const headEnd = file.indexOf(lineFeed, at);
    const head = headEnd === -1 ? null : readHead(file.toString('utf8', at, headEnd));
    if (head === null) break;
    const body = file.subarray(headEnd + 1, headEnd + 1 + head.bytes);
    if (body.length !== head.bytes || crc32(body) !== head.crc) break;
    const { id, event, receivedAt } = head;
    deliveries.push({ id, event, payload: body.toString('utf8'), receivedAt });
    at = headEnd + 1 + head.bytes + lineFeed.length;
  }
  return deliveries;
}

function readHead(line: string): Head | null {
  try {
    const head = JSON.parse(line) as Partial<Head> | null;
    const whole =
      typeof head?.id === 'string' &&
      typeof head.event === 'string' &&
      Number.isFinite(head.receivedAt) &&
      Number.isSafeInteger(head.bytes) &&
      Number(head.bytes) >= 0 &&
      Number.isSafeInteger(head.crc);
    return whole ? (head as Head) : null;
  } catch {
    return null;
  }
}
