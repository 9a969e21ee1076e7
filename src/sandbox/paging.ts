import type { Reply, RouteRequest, World } from './context.ts';

/** One page of a list: `per_page` (30, at most 100), `page`, and the Link header GitHub sends. */
export function paged<Item>(
  world: World,
  request: RouteRequest,
  items: readonly Item[],
  shape: (item: Item) => unknown,
): Reply {
  const { perPage, page, headers } = pageOf(world, request, items.length);
  return { status: 200, body: items.slice((page - 1) * perPage, page * perPage).map(shape), headers };
}

/** Page arithmetic for answers that wrap their list in an object. */
export function pageOf(
  world: World,
  request: RouteRequest,
  total: number,
): { readonly perPage: number; readonly page: number; readonly headers: Readonly<Record<string, string>> } {
  const perPage = Math.min(wholeNumber(request.query.get('per_page'), 30), 100);
  const page = wholeNumber(request.query.get('page'), 1);
  const last = Math.max(1, Math.ceil(total / perPage));
  const links: string[] = [];
  const link = (target: number, rel: string): void => {
    const query = new URLSearchParams(request.query);
    query.set('page', String(target));
    links.push(`<${world.url()}${request.path}?${query}>; rel="${rel}"`);
  };
  if (page > 1) link(page - 1, 'prev');
  if (page < last) {
    link(page + 1, 'next');
    link(last, 'last');
  }
  if (page > 1) link(1, 'first');
  return { perPage, page, headers: links.length === 0 ? {} : { link: links.join(', ') } };
}

function wholeNumber(text: string | null, otherwise: number): number {
  const value = Number(text ?? otherwise);
  return Number.isInteger(value) && value >= 1 ? value : otherwise;
}
