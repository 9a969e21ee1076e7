/**
 * A confined program's `/tmp` is its own, so a script that somebody keeps below the real `/tmp` would be gone. What these
 * texts (a command, its environment) name there may stay visible, with everything in the same top-level directory: a
 * script needs its neighbours and its modules. Never what is hidden.
 */
export function placesNamedBelowTemp(texts: readonly string[], hidden: readonly string[]): string[] {
  const named = texts.flatMap((text) => [...text.matchAll(/\/(?:var\/)?tmp\/[^/\s'"`;:|&<>()$*?]+/g)]);
  return [...new Set(named.map(([path]) => path))]
    .filter((path) => !hidden.some((place) => `${path}/`.startsWith(`${place}/`)))
    .sort();
}
