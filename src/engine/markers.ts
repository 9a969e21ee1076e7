/** Hidden markers: who made this issue or comment, and for what. The HMAC keeps copied or forged markers from counting. */
import { createHash, createHmac } from 'node:crypto';
import { approvedPart, canonicalJson } from '../core/canonical.ts';
import type { Plan } from '../core/plan.ts';
import { hiddenMarker } from '../text/marker.ts';

/** `thing` is stable for one object on GitHub, e.g. `acme/shop/orch-7-20261120-0930/t3`. */
export function markerFor(secret: string, thing: string): string {
  return hiddenMarker(thing, createHmac('sha256', secret).update(thing).digest('hex').slice(0, 8));
}

/** Fences untrusted text in a prompt: 16 hex digits that nobody outside can guess. */
export function nonceFor(secret: string, thing: string): string {
  return createHmac('sha256', secret).update(`nonce ${thing}`).digest('hex').slice(0, 16);
}

/** SHA-256 over the canonical form of what an approval binds to, as 64 hex digits. */
export function planDigest(plan: Plan): string {
  return createHash('sha256')
    .update(canonicalJson(approvedPart(plan)))
    .digest('hex');
}
