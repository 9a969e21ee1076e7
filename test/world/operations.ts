/** How much some work looks at: elements that array methods walk over, characters that regular expressions read. */

const walking = [
  'every',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'flatMap',
  'forEach',
  'includes',
  'indexOf',
  'map',
  'reduce',
  'some',
] as const;

type Walk = (this: readonly unknown[], ...given: readonly unknown[]) => unknown;

/** Grows as time does, and is the same on every machine. What loops and the engine itself do is not seen. */
export function operations(work: () => unknown): number {
  let seen = 0;
  const { exec } = RegExp.prototype;
  const known = walking.map((name) => [name, Reflect.get(Array.prototype, name) as Walk] as const);
  for (const [name, walk] of known) {
    const counting: Walk = function (...given) {
      seen += 1 + this.length;
      return Reflect.apply(walk, this, given);
    };
    Reflect.defineProperty(Array.prototype, name, { value: counting, writable: true, configurable: true });
  }
  RegExp.prototype.exec = function (text: string): RegExpExecArray | null {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const found = exec.call(this, text);
    seen += 1 + (found === null ? String(text).length : found.index + found[0].length) - from;
    return found;
  };
  try {
    work();
  } finally {
    RegExp.prototype.exec = exec;
    for (const [name, value] of known)
      Reflect.defineProperty(Array.prototype, name, { value, writable: true, configurable: true });
  }
  return seen;
}
