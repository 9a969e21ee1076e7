/** The real Mermaid parser, which is a browser bundle: run in a context with as much of a browser as parsing asks for. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';

interface Mermaid {
  readonly parse: (text: string) => Promise<{ readonly diagramType: string }>;
}

export function loadMermaid(): Mermaid {
  const file = createRequire(import.meta.url).resolve('@mermaid-js/tiny/dist/mermaid.tiny.js');
  const nothing = (): void => undefined;
  const document = {
    nodeType: 9,
    implementation: { createHTMLDocument: () => document },
    createNodeIterator: nothing,
    createDocumentFragment: nothing,
    getElementsByTagName: () => [],
    createElement: () => ({}),
    importNode: nothing,
    addEventListener: nothing,
    querySelectorAll: () => [],
    currentScript: null,
  };
  const classes = [
    'Element',
    'Node',
    'DocumentFragment',
    'HTMLTemplateElement',
    'NamedNodeMap',
    'HTMLFormElement',
    'DOMParser',
  ];
  const browser: Record<string, unknown> = {
    document,
    NodeFilter: {},
    navigator: {},
    addEventListener: nothing,
    setTimeout,
    clearTimeout,
    structuredClone,
    URL,
    console,
    ...Object.fromEntries(classes.map((name) => [name, class {}])),
  };
  browser.window = browser;
  browser.self = browser;
  const context = createContext(browser);
  runInContext(readFileSync(file, 'utf8'), context);
  return runInContext('__esbuild_esm_mermaid_nm.mermaid.default', context) as Mermaid;
}
