/** Reads a request log as GitHub would: which of the limits it publishes were passed, and when. */
import type { RequestLogEntry } from '../../src/sandbox/context.ts';

/** docs.github.com, "Rate limits for the REST API" and "Rate limits and query limits for the GraphQL API". */
export const published = {
  hourMs: 3_600_000,
  minuteMs: 60_000,
  requestsPerHour: 5_000,
  restPointsPerMinute: 900,
  graphqlPointsPerMinute: 2_000,
  creationsPerMinute: 80,
  creationsPerHour: 500,
  writeGapMs: 1_000,
  atOnce: 100,
};

export type PublishedLimits = typeof published;

/** One request of one installation. Times are epoch ms: when it had arrived, and when it was answered. */
export interface Sent {
  readonly from: number;
  readonly to: number;
  readonly resource: 'core' | 'graphql';
  readonly write: boolean;
  readonly creations: number;
  /** Seconds the answer asked to be left alone. */
  readonly retryAfter?: number;
}

const creating = /\/(issues|pulls|comments|reviews|sub_issues|blocked_by)$/;

/** What an installation asked for; requests whose token had expired are known by nobody's name, and count too. */
export function sentIn(log: readonly RequestLogEntry[]): readonly Sent[] {
  return log
    .filter(({ kind, actor }) => kind === 'api' && (actor === 'installation' || actor === 'anonymous'))
    .map((entry) => {
      const { method, template, graphqlOperation = '', graphqlFields = [], at, from = at, retryAfter } = entry;
      const graphql = template === '/graphql';
      const made = graphqlFields.filter((field) => field === 'createIssue' || field === 'addComment').length;
      const creates = (method === 'POST' && creating.test(template)) || template.endsWith('/merge');
      return {
        from: Date.parse(from),
        to: Date.parse(at),
        resource: graphql ? 'graphql' : 'core',
        write: graphql ? graphqlOperation.startsWith('mutation') : method !== 'GET',
        creations: graphql ? made : Number(creates),
        ...(retryAfter === undefined ? {} : { retryAfter }),
      };
    });
}

/** One line per limit that was passed. `lateMs`: a request may have been on its way so long when a pause began. */
export function passedLimits(sent: readonly Sent[], limits: PublishedLimits, lateMs: number): readonly string[] {
  const inOrder = [...sent].sort((one, other) => one.from - other.from);
  const of = (resource: Sent['resource']): readonly Sent[] => inOrder.filter((one) => one.resource === resource);
  const points = ({ write }: Sent): number => (write ? 5 : 1);
  const { hourMs, minuteMs } = limits;
  return [
    ...exceeds('REST requests an hour', of('core'), hourMs, limits.requestsPerHour, () => 1),
    ...exceeds('GraphQL requests an hour', of('graphql'), hourMs, limits.requestsPerHour, () => 1),
    ...exceeds('REST points a minute', of('core'), minuteMs, limits.restPointsPerMinute, points),
    ...exceeds('GraphQL points a minute', of('graphql'), minuteMs, limits.graphqlPointsPerMinute, points),
    ...exceeds('creations a minute', inOrder, minuteMs, limits.creationsPerMinute, ({ creations }) => creations),
    ...exceeds('creations an hour', inOrder, hourMs, limits.creationsPerHour, ({ creations }) => creations),
    ...tooClose(inOrder, limits.writeGapMs),
    ...tooManyAtOnce(inOrder, limits.atOnce),
    ...duringPauses(inOrder, lateMs),
  ];
}

/** The fullest window that begins with one of these, when it holds more than the limit. */
function exceeds(
  name: string,
  inOrder: readonly Sent[],
  windowMs: number,
  limit: number,
  weight: (one: Sent) => number,
): readonly string[] {
  let [first, inside, most] = [0, 0, 0];
  for (const one of inOrder) {
    inside += weight(one);
    for (let oldest = inOrder[first]; oldest && oldest.from <= one.from - windowMs; oldest = inOrder[first]) {
      inside -= weight(oldest);
      first += 1;
    }
    most = Math.max(most, inside);
  }
  return most > limit ? [`${most} ${name}, and ${limit} are allowed`] : [];
}

function tooClose(inOrder: readonly Sent[], gapMs: number): readonly string[] {
  const writes = inOrder.filter(({ write }) => write);
  const gaps = writes.slice(1).map((one, index) => one.from - (writes[index]?.from ?? 0));
  const least = Math.min(Number.POSITIVE_INFINITY, ...gaps);
  return least < gapMs ? [`${least} ms between two writes, and ${gapMs} are asked for`] : [];
}

function tooManyAtOnce(inOrder: readonly Sent[], limit: number): readonly string[] {
  let most = 0;
  const underWay: Sent[] = [];
  for (const one of inOrder) {
    underWay.splice(0, underWay.length, ...underWay.filter(({ to }) => to > one.from), one);
    most = Math.max(most, underWay.length);
  }
  return most > limit ? [`${most} requests at once, and ${limit} are allowed`] : [];
}

function duringPauses(inOrder: readonly Sent[], lateMs: number): readonly string[] {
  const pauses = inOrder.flatMap(({ to, retryAfter = 0 }) => (retryAfter > 0 ? [[to, to + retryAfter * 1000]] : []));
  const early = inOrder.filter(({ from }) =>
    pauses.some(([begin = 0, end = 0]) => from > begin + lateMs && from < end),
  );
  return early.length > 0 ? [`${early.length} requests in a pause that GitHub had asked for`] : [];
}
