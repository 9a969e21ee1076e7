/** The four ways in which model providers are spoken to, and what of each an agent may use. */

export type Dialect = 'anthropic' | 'openai-responses' | 'openai-chat' | 'gemini';

/** Whose key, where, and in which words. */
export interface Provider {
  readonly dialect: Dialect;
  /** What a client of the dialect is given as base URL: OpenAI's ends in `/v1` or the like, the others' do not. */
  readonly baseUrl: string;
  readonly key: string;
  /** Where the key goes; without it, where the dialect's own vendor wants it. */
  readonly keyHeader?: { readonly name: string; readonly prefix: string };
  /** Sent with every request and stronger than what the agent sends, such as an organisation. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Lets the key travel unencrypted to a host other than this machine. */
  readonly plainHttp?: boolean;
}

/** `generate` costs tokens and is metered; a `probe` is passed on; `alive` is answered here. */
export type Use = 'generate' | 'probe' | 'alive';

interface Manners {
  readonly keyHeader: { readonly name: string; readonly prefix: string };
  /** What the agent's base URL has behind the attempt's own path. */
  readonly suffix: '' | '/v1';
  readonly paths: readonly { readonly method: 'GET' | 'POST'; readonly path: RegExp; readonly use: Use }[];
}

/** One path segment that names a model. */
const model = '[A-Za-z0-9][A-Za-z0-9._-]*';

const openaiModels = { method: 'GET', path: new RegExp(`^/models(?:/${model})?$`), use: 'probe' } as const;
const bearer = { name: 'authorization', prefix: 'Bearer ' };

export const manners: Readonly<Record<Dialect, Manners>> = {
  anthropic: {
    keyHeader: { name: 'x-api-key', prefix: '' },
    suffix: '',
    paths: [
      { method: 'POST', path: /^\/v1\/messages$/, use: 'generate' },
      { method: 'POST', path: /^\/v1\/messages\/count_tokens$/, use: 'probe' },
      { method: 'GET', path: new RegExp(`^/v1/models(?:/${model})?$`), use: 'probe' },
    ],
  },
  'openai-responses': {
    keyHeader: bearer,
    suffix: '/v1',
    paths: [
      { method: 'POST', path: /^\/responses(?:\/compact)?$/, use: 'generate' },
      { method: 'POST', path: /^\/responses\/input_tokens$/, use: 'probe' },
      openaiModels,
    ],
  },
  'openai-chat': {
    keyHeader: bearer,
    suffix: '/v1',
    paths: [{ method: 'POST', path: /^\/chat\/completions$/, use: 'generate' }, openaiModels],
  },
  gemini: {
    keyHeader: { name: 'x-goog-api-key', prefix: '' },
    suffix: '',
    paths: [
      {
        method: 'POST',
        path: new RegExp(`^/v1(?:beta)?/models/${model}:(?:generateContent|streamGenerateContent)$`),
        use: 'generate',
      },
      { method: 'POST', path: new RegExp(`^/v1(?:beta)?/models/${model}:countTokens$`), use: 'probe' },
      { method: 'GET', path: new RegExp(`^/v1(?:beta)?/models(?:/${model})?$`), use: 'probe' },
    ],
  },
};

export interface Route {
  readonly use: Use;
  /** Below the provider's base URL; begins with a slash. */
  readonly path: string;
}

/** Null for what an agent has no business with. `path` is what stands behind `/r/<id>`, without the query. */
export function routeOf(dialect: Dialect, method: string, path: string): Route | null {
  // clients ask whether anybody is there at all
  if ((method === 'HEAD' || method === 'GET') && (path === '' || path === '/')) return { use: 'alive', path: '/' };
  const { suffix, paths } = manners[dialect];
  if (!path.startsWith(`${suffix}/`)) return null;
  const rest = path.slice(suffix.length);
  const found = paths.find((one) => one.method === method && one.path.test(rest));
  return found === undefined ? null : { use: found.use, path: rest };
}

/** The model a path names, where the dialect puts it there. */
export function modelInPath(path: string): string | null {
  return /\/models\/([^/:]+):/.exec(path)?.[1] ?? null;
}

/** A sentence about what is wrong, or null. */
export function problemOf(provider: Provider): string | null {
  if (!URL.canParse(provider.baseUrl)) return `The provider's base URL ${provider.baseUrl} is no URL.`;
  const { protocol, hostname, search, hash, username } = new URL(provider.baseUrl);
  if (protocol !== 'https:' && protocol !== 'http:') return `A provider is reached by https, not by ${protocol}`;
  if (search !== '' || hash !== '' || username !== '')
    return "The provider's base URL holds more than a host and a path; keys and parameters go elsewhere.";
  const here = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !here && provider.plainHttp !== true)
    return `The key would travel unencrypted to ${hostname}; use https, or say that plain http is meant.`;
  if (provider.key === '' || /[^\x21-\x7e]/.test(provider.key)) return "The provider's key is empty or no plain text.";
  return null;
}
