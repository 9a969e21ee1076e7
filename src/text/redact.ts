/**
 * Takes secrets out of whatever is stored, logged or posted: the ones we know (as written, in JSON, base64 or a URL) and
 * whatever has the shape of one. Linear in the length of the text; running it twice changes nothing more.
 */

const mark = '[redacted]';

/** Known secrets shorter than this are not looked for: they would tear ordinary words apart. */
const shortestSecret = 6;

/** Each pattern can start only where no longer word started before it, so no stretch is tried twice. */
const shapes: readonly RegExp[] = [
  /(?<![A-Za-z0-9])gh[pousr]_[A-Za-z0-9_.-]{10,}/g,
  // installation tokens of old GitHub Enterprise Servers
  /(?<![A-Za-z0-9])v1\.[0-9a-f]{40}(?![0-9a-f])/g,
  /(?<![A-Za-z0-9])github_pat_[A-Za-z0-9_]{10,}/g,
  /(?<![A-Za-z0-9])glpat-[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{16,}/g,
  /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}/g,
  /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}/g,
  /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{30,}/g,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g,
];

/**
 * The same, with words in front that stay readable. In this order: what one leaves behind is no longer, and begins no
 * earlier, than what a later one looks at, so that a second time finds nothing new.
 */
const introduced: readonly RegExp[] = [
  /(:\/\/)(?!\[redacted\]@)[^\s/@:]{0,256}:[^\s/@]{1,512}(?=@)/g,
  /(?<![A-Za-z0-9_])(aws_secret_access_key["']?\s{0,4}[=:]\s{0,4}["']?)[A-Za-z0-9/+=]{30,}/gi,
  /(?<![A-Za-z0-9_-])(Authorization["']?\s{0,4}[:=]\s{0,4}["']?(?:basic|token)\s{1,4})(?!\[redacted\])[^\s"',]{8,}/gi,
  /(?<![A-Za-z0-9_-])(Bearer\s{1,4})(?!\[redacted\])[A-Za-z0-9._~+/=-]{12,}/gi,
];

/** `secrets`: values we hold. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = withoutKeys(text);
  for (const spelling of spellings(secrets)) clean = clean.replaceAll(spelling, mark);
  for (const shape of shapes) clean = clean.replace(shape, mark);
  for (const shape of introduced) clean = clean.replace(shape, `$1${mark}`);
  return clean;
}

/** Whether one of these values stands in the text, in any spelling that `redact` knows. */
export function holdsSecret(text: string, secrets: readonly string[]): boolean {
  return spellings(secrets).some((spelling) => text.includes(spelling));
}

/** By the list itself, which nobody changes: every line of the log is redacted with the same one. */
const spelled = new WeakMap<readonly string[], readonly string[]>();

function spellings(secrets: readonly string[]): readonly string[] {
  const known = spelled.get(secrets) ?? spellOut(secrets);
  spelled.set(secrets, known);
  return known;
}

/** Longest first, so that no remainder is left. */
function spellOut(secrets: readonly string[]): readonly string[] {
  const all = new Set<string>();
  for (const secret of secrets) {
    const value = secret.trim();
    if (value.length < shortestSecret) continue;
    const inJson = JSON.stringify(value).slice(1, -1);
    for (const one of [value, inJson, encodeURIComponent(value), ...base64Of(value)]) all.add(one);
    // a key file may be printed line by line; its first and last line tell nothing
    for (const line of value.split('\n'))
      if (line.trim().length >= 20 && !line.startsWith('-----')) all.add(line.trim());
  }
  return [...all].filter((one) => one.length >= shortestSecret).sort((a, b) => b.length - a.length);
}

/**
 * What base64 makes of a secret behind 0, 1 or 2 other bytes (`user:secret` is encoded as one), without the characters
 * that its neighbours have a part in.
 */
function base64Of(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].flatMap((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const text = btoa(Array.from(padded, (byte) => String.fromCharCode(byte)).join(''));
    const sure = text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    return sure.length < 8 ? [] : [sure, sure.replaceAll('+', '-').replaceAll('/', '_'), ...wrapped(text, sure.length)];
  });
}

/** Line lengths of base64(1) and openssl, which break what is longer than one line. Characters. */
const wraps = [76, 64];

/** The lines of a long base64 text but the first and the last: those are the same for many keys. */
function wrapped(text: string, sure: number): readonly string[] {
  return wraps.flatMap((width) =>
    sure <= 2 * width ? [] : (text.slice(0, sure).match(new RegExp(`.{1,${width}}`, 'g')) ?? []).slice(1, -1),
  );
}

/** A key is no longer than this: what lies between a cut-off beginning and a later end is not all key. Characters. */
const longestKey = 16_384;
const opening = '-----BEGIN ';

/** PEM blocks of private keys; one that was cut off is removed up to the end of its lines. */
function withoutKeys(text: string): string {
  const parts: string[] = [];
  let from = 0;
  let end = text.indexOf('-----END ');
  for (let start = text.indexOf(opening); start >= 0; start = text.indexOf(opening, from)) {
    const head = /^-----BEGIN [A-Z0-9 ]{0,60}KEY[A-Z ]{0,20}-----/.exec(text.slice(start, start + 110))?.[0];
    if (head === undefined) {
      parts.push(text.slice(from, start + opening.length));
      from = start + opening.length;
      continue;
    }
    // searched on from where it was last found: many cut-off keys must not each search the rest of the text
    while (end >= 0 && end < start) end = text.indexOf('-----END ', end + 1);
    parts.push(text.slice(from, start), mark);
    from = end >= 0 && end - start <= longestKey ? endOfLine(text, end) : endOfCutKey(text, start + head.length);
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(from);
}

function endOfLine(text: string, end: number): number {
  return end + (/^-----END [A-Z0-9 ]{0,80}-----/.exec(text.slice(end, end + 110))?.[0].length ?? 9);
}

function endOfCutKey(text: string, from: number): number {
  const lines = /(?:[A-Za-z0-9+/=\s]|\\[rn])*/y;
  lines.lastIndex = from;
  return lines.test(text) ? lines.lastIndex : from;
}
