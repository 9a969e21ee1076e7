import { GraphQLError } from 'graphql';

export interface PageArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
}

/** A connection over items that have database ids; cursors stay valid when others are added or removed. */
export function connection<Item extends { readonly id: number }>(
  name: string,
  items: readonly Item[],
  page: PageArguments,
  node: (item: Item) => unknown,
): Readonly<Record<string, unknown>> {
  checkBounds(name, page);
  const start = page.after ? positionAfter(items, page.after) : 0;
  const end = page.before ? positionOf(items, page.before) : items.length;
  const window = items.slice(start, end);
  const shown = page.last ? window.slice(-page.last) : window.slice(0, page.first ?? 0);
  const from = page.last ? start + window.length - shown.length : start;
  const [head, tail] = [shown[0], shown.at(-1)];
  return {
    totalCount: items.length,
    pageInfo: {
      hasNextPage: from + shown.length < items.length,
      hasPreviousPage: from > 0,
      startCursor: head === undefined ? null : cursorOf(head.id),
      endCursor: tail === undefined ? null : cursorOf(tail.id),
    },
    nodes: () => shown.map(node),
    edges: () => shown.map((item) => ({ cursor: cursorOf(item.id), node: node(item) })),
  };
}

export function cursorOf(id: number): string {
  return Buffer.from(`cursor:v2:${id}`, 'utf8').toString('base64');
}

function positionOf(items: readonly { readonly id: number }[], cursor: string): number {
  const id = Number(Buffer.from(cursor, 'base64').toString('utf8').replace('cursor:v2:', ''));
  if (!Number.isInteger(id))
    throw refused('INVALID_CURSOR_ARGUMENTS', `\`${cursor}\` does not appear to be a valid cursor.`);
  const found = items.findIndex((item) => item.id === id);
  if (found >= 0) return found;
  // The item of the cursor is gone; ids grow, so the first later one marks the place.
  const later = items.findIndex((item) => item.id > id);
  return later < 0 ? items.length : later;
}

function positionAfter(items: readonly { readonly id: number }[], cursor: string): number {
  const position = positionOf(items, cursor);
  const item = items[position];
  return item !== undefined && cursorOf(item.id) === cursor ? position + 1 : position;
}

function checkBounds(name: string, { first, last }: PageArguments): void {
  if (first == null && last == null) {
    const message = `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`;
    throw refused('MISSING_PAGINATION_BOUNDARIES', message);
  }
  const count = first ?? last ?? 0;
  if (count > 100) {
    const message = `Requesting ${count} records on the \`${name}\` connection exceeds the \`first\` limit of 100 records.`;
    throw refused('EXCESSIVE_PAGINATION', message);
  }
}

function refused(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}
