/** One GitHub as people name it (`https://github.com`), and where its API lies. */

export interface GitHubSite {
  /** Pages for people, without a slash at the end. */
  readonly web: string;
  readonly api: string;
  readonly isPublicOne: boolean;
  readonly isLoopback: boolean;
}

export const publicGitHub = 'https://github.com';

/** Takes the address of the site or of its API. A text is what is wrong with it, in words. */
export function gitHubSite(text: string): GitHubSite | string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return `${text} is not an address: use ${publicGitHub} or https://HOST.`;
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url)))
    return `${text} must be https, or http on this machine only.`;
  if (url.search !== '' || url.hash !== '' || url.username !== '' || !/^\/(api\/v3\/?)?$/.test(url.pathname))
    return `${text} must be the address of a GitHub and nothing more: ${publicGitHub} or https://HOST.`;
  const [host, loopback] = [url.host, isLoopback(url)];
  if (host === 'github.com' || host === 'api.github.com')
    return { web: publicGitHub, api: 'https://api.github.com', isPublicOne: true, isLoopback: false };
  // GitHub Enterprise Cloud with data residency has its API on a host of its own
  if (host.endsWith('.ghe.com')) {
    const name = host.replace(/^api\./, '');
    return { web: `https://${name}`, api: `https://api.${name}`, isPublicOne: false, isLoopback: false };
  }
  return { web: url.origin, api: `${url.origin}/api/v3`, isPublicOne: false, isLoopback: loopback };
}

/** Where webhooks can reach this server. A text is what is wrong with it, in words. */
export function publicAddress(text: string, site: GitHubSite): { readonly url: string } | string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    return `${text} is not an address such as https://muster.example.com.`;
  if (url.search !== '' || url.hash !== '' || url.username !== '') return `${text} must end with its host or a path.`;
  if (isLoopback(url) && !site.isLoopback)
    return `${text} is this machine, which ${site.web} cannot reach. Leave it out to work without webhooks.`;
  if (url.protocol === 'http:' && !isLoopback(url))
    return `${text} must be https: webhooks carry what is written in private repositories.`;
  return { url: text.replace(/\/+$/, '') };
}

function isLoopback(url: URL): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
}
