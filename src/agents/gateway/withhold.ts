/**
 * Keeps the provider's key from going back to the agent, should an answer echo it: the key's bytes are starred out, and
 * every other byte passes as it is. Only the bytes at a chunk's end with which the key could begin wait for the next.
 */
export interface Withhold {
  readonly push: (chunk: Buffer) => Buffer;
  readonly end: () => Buffer;
}

export function createWithhold(secret: string): Withhold {
  const key = Buffer.from(secret, 'utf8');
  const stars = Buffer.alloc(key.length, '*');
  const nothing = Buffer.alloc(0);
  let held: Buffer = nothing;
  return {
    push(chunk) {
      const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      let out = bytes;
      for (let at = out.indexOf(key); at >= 0; at = out.indexOf(key, at + key.length)) {
        // the chunk may be somebody else's as well
        if (out === bytes) out = Buffer.from(bytes);
        stars.copy(out, at);
      }
      const keep = beginningAtEnd(out, key);
      held = keep === 0 ? nothing : Buffer.from(out.subarray(out.length - keep));
      return keep === 0 ? out : out.subarray(0, out.length - keep);
    },
    end() {
      const last = held;
      held = nothing;
      return last;
    },
  };
}

/** How many bytes at the end of `bytes` are a beginning of `key`, short of all of it. */
function beginningAtEnd(bytes: Buffer, key: Buffer): number {
  for (let length = Math.min(bytes.length, key.length - 1); length > 0; length--) {
    if (
      bytes[bytes.length - length] === key[0] &&
      bytes.subarray(bytes.length - length).equals(key.subarray(0, length))
    )
      return length;
  }
  return 0;
}
