/** Files and names of the code that a task's text mentions. */

/** Longer texts are searched no further. */
const searched = 20_000;
const mostNames = 100;

const path =
  /^(?:[\w@.-]*(?:\/[\w@.*-]+)+\/?|[\w-]+\.(?:tsx?|jsx?|mjs|cjs|py|go|rs|rb|java|kt|swift|c|h|cc|cpp|hpp|cs|php|sql|ya?ml|json|toml|md|sh|css|html|vue|svelte|proto|tf))$/i;
/** `loadCart()`, `Cart.total`, `cart_items`, `CartItem`, `store::open`; a plain word may be anything. */
const symbol = /^(?:\w+(?:(?:\.|::|->|#)\w+)+|\w+_\w+|\p{Ll}+\p{Lu}\w*|\p{Lu}\p{Ll}+\p{Lu}\w*|\w+(?=\(\)$))(?:\(\))?$/u;

/** In code spans, each once. */
export function namesIn(text: string): { readonly paths: readonly string[]; readonly symbols: readonly string[] } {
  const spans = [...text.slice(0, searched).matchAll(/`([^`\n]{2,120})`/g)].map((match) => (match[1] ?? '').trim());
  const names = [...new Set(spans)].slice(0, mostNames);
  const paths = names.filter((name) => path.test(name) && !/^\d+(?:\/\d+)*$/.test(name));
  const symbols = names.filter((name) => !paths.includes(name) && symbol.test(name));
  return { paths, symbols: [...new Set(symbols.map((name) => name.replace(/\(\)$/, '')))] };
}

/** Files and folders, also such as stand in the running text. */
export function pathsNamed(text: string): readonly string[] {
  const bare = text.slice(0, searched).match(/(?<![\w`:/.])[\w.-]+(?:\/[\w.-]+)+\.\w{1,5}(?![\w/])/g) ?? [];
  return [...new Set([...namesIn(text).paths, ...bare])].slice(0, mostNames);
}
