import type { Handler, Method, Routes } from './context.ts';

export interface Match {
  readonly template: string;
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

export interface Registry extends Routes {
  /** `path` undecoded and without query. Null when no template matches. */
  match(method: string, path: string): Match | null;
  /** `GET /repos/{owner}/{repo}`, ... in order of registration. */
  list(): string[];
}

interface Route {
  readonly method: Method;
  readonly template: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  /** Length of the fixed text: of two templates that match, the more specific one has more of it. */
  readonly fixed: number;
  readonly handler: Handler;
}

export function createRegistry(): Registry {
  const routes: Route[] = [];
  return {
    add: (method, template, handler, options = {}) => {
      if (routes.some((route) => route.method === method && route.template === template)) {
        throw new Error(`${method} ${template} is registered twice`);
      }
      routes.push({ method, template, handler, ...compile(template, options.wide ?? []) });
    },
    match: (method, path) => {
      let best: { route: Route; values: readonly string[] } | null = null;
      for (const route of routes) {
        if (route.method !== method || (best !== null && best.route.fixed >= route.fixed)) continue;
        const values = route.pattern.exec(path)?.slice(1);
        if (values !== undefined) best = { route, values };
      }
      if (best === null) return null;
      const { route, values } = best;
      const params: Record<string, string> = {};
      for (const [at, name] of route.names.entries()) params[name] = decoded(values[at] ?? '');
      return { template: route.template, handler: route.handler, params };
    },
    list: () => routes.map((route) => `${route.method} ${route.template}`),
  };
}

function compile(
  template: string,
  wide: readonly string[],
): { readonly pattern: RegExp; readonly names: readonly string[]; readonly fixed: number } {
  const names: string[] = [];
  let fixed = 0;
  const source = template
    .split(/(\{[a-z_]+\})/)
    .map((part) => {
      if (!part.startsWith('{')) {
        fixed += part.length;
        return part.replace(/[.*+?^$()|[\]\\]/g, '\\$&');
      }
      const name = part.slice(1, -1);
      names.push(name);
      return wide.includes(name) ? '(.+)' : '([^/]+)';
    })
    .join('');
  return { pattern: new RegExp(`^${source}$`), names, fixed };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
