/** Hidden markers in what we write: an HTML comment that readers do not see and we find again. */

/** `thing` names one object for good, e.g. `acme/shop/orch-7-20261120-0930/t3`; `proof` is 8 hex digits of an HMAC. */
export function hiddenMarker(thing: string, proof: string): string {
  // two dashes in a row may not stand inside an HTML comment
  return `<!-- muster:${thing.replaceAll('--', '-_')}:${proof} -->`;
}
