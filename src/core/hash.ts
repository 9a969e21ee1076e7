/** A small stable hash for fingerprints and jitter; not for security. */

/** FNV-1a over UTF-16 code units, 32 bits, as 8 hex digits. */
export function hash32(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** A number in [0, 1) that depends only on the text. */
export function fraction(text: string): number {
  return Number.parseInt(hash32(text), 16) / 0x1_0000_0000;
}
