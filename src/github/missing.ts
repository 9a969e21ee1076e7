/** Telling "this server does not have that" from every other failure. What is not certain is never taken for it. */
import { responseOf, statusOf } from './classify.ts';
import { UnexpectedAnswerError, UnreadablePayloadError } from './errors.ts';
import { type GraphqlError, graphqlErrors, limitWaitMs } from './limits.ts';
import type { Operation, Server } from './server.ts';

const NO_ROUTE = new Set([404, 405, 410, 501]);
/** What some servers say of a question they do not know. A write with these may have been understood and refused. */
const NO_QUESTION = new Set([...NO_ROUTE, 400, 406, 415, 422]);
/** What a server that knows no GraphQL may answer to a POST on its address. */
const NO_GRAPHQL = new Set([400, 404, 405, 406, 410, 415, 422, 501]);

/** A REST route that is not there. 404 says so only where the thing that was asked about certainly exists. */
export function isRouteMissing(error: unknown): boolean {
  const status = statusOf(error);
  return status !== null && NO_ROUTE.has(status) && !isLimit(error);
}

/** By the status alone. */
export function isUnaskedStatus(status: number): boolean {
  return NO_QUESTION.has(status);
}

/**
 * Whether a failed question says that this server cannot be asked it. Answers in another shape than GitHub's count: there
 * are servers that answer everything, with a page of theirs. The subject has to exist, as above.
 */
export function isUnasked(error: unknown): boolean {
  if (error instanceof UnexpectedAnswerError || error instanceof UnreadablePayloadError) return true;
  const status = statusOf(error);
  return status !== null && isUnaskedStatus(status) && !isLimit(error);
}

/** So many failures of a server's own in a row, and never an answer, mean that it has no such thing. */
export const MOST_FAILURES = 3;

/** The same for what failed on the server's side; only counted for what never worked. */
function isNeverAnswered(server: Server, name: string, error: unknown): boolean {
  const status = statusOf(error);
  return status !== null && status >= 500 && !isLimit(error) && server.strike(name) >= MOST_FAILURES;
}

/**
 * `missing`: no GraphQL here. `document`: it cannot do this operation, and did nothing. `odd`: an answer without sense.
 * `refused`: nothing was done, because of who asks. `failing`: the server stumbled.
 */
export type GraphqlVerdict = 'missing' | 'document' | 'odd' | 'refused' | 'failing' | 'other';

export function judgeGraphql(error: unknown): GraphqlVerdict {
  if (error instanceof UnexpectedAnswerError || error instanceof UnreadablePayloadError) return 'odd';
  const response = responseOf(error);
  if (response === null || isLimit(error)) return 'other';
  const errors = graphqlErrors(response.data);
  if (errors.length === 0 && NO_GRAPHQL.has(response.status)) return 'missing';
  if (errors.length === 0 && (response.status === 401 || response.status === 403)) return 'refused';
  if (response.status >= 500) return 'failing';
  if (errors.length === 0) return 'other';
  if (errors.every(isAboutDocument)) return 'document';
  return errors.every(isSenseless) ? 'odd' : 'other';
}

// Codes of GitHub's own validation and of the widespread GraphQL servers; their words where there is no code.
const DOCUMENT_CODES =
  /^(undefined(Field|Type|Fragment|Directive)|argumentNotAccepted|argumentLiteralsIncompatible|missingRequiredArguments|variableMismatch|selectionMismatch|GRAPHQL_VALIDATION_FAILED|BAD_USER_INPUT|INVALID_VARIABLES?|NOT_IMPLEMENTED|UNSUPPORTED)$/i;
const DOCUMENT_WORDS =
  /doesn'?t (exist|accept argument)|cannot query field|cannot be queried|unknown (type|argument|field|fragment|directive|operation|mutation|query)|is not defined (by|on|in)|isn'?t (a|an) (defined|valid) |no such field|not (implemented|supported)|unsupported/i;
/** GitHub's own words for a bad moment carry no type and no code either. */
const BAD_MOMENT_WORDS = /something went wrong|timed? ?out|in time|try again|temporar|unavailable|overloaded|internal/i;

/** The document as such was refused, before anything was done. */
function isAboutDocument(error: GraphqlError): boolean {
  if (error.type !== null && !DOCUMENT_CODES.test(error.type)) return false;
  if (error.code !== null) return DOCUMENT_CODES.test(error.code) || DOCUMENT_WORDS.test(error.message);
  return DOCUMENT_WORDS.test(error.message);
}

function isSenseless(error: GraphqlError): boolean {
  return error.type === null && error.code === null && !BAD_MOMENT_WORDS.test(error.message);
}

/** A wish to be left alone for a while. */
export function isLimit(error: unknown): boolean {
  const response = responseOf(error);
  return response !== null && limitWaitMs(response, Date.now()) !== null;
}

/** As many answers without sense in a row mean that this operation is not understood. */
const MOST_STRIKES = 2;

/** Remembers what a failed GraphQL operation taught, and tells what kind of failure it was. */
export function learnFromGraphql(server: Server, operation: Operation, error: unknown): GraphqlVerdict {
  const verdict = judgeGraphql(error);
  const words = error instanceof Error ? error.message : String(error);
  if (verdict === 'missing') server.learn('graphql', words);
  else if (verdict === 'document') server.learnUnspoken(operation, words);
  else if (verdict === 'odd' && server.strike(operation) >= MOST_STRIKES) server.learnUnspoken(operation, words);
  return verdict;
}

/** Whether GraphQL ever answered here as it should. */
export function hasGraphqlWorked(server: Server): boolean {
  return server.routes.get('graphql') === 'there';
}

/**
 * A question by GraphQL where the server understands it, else by REST. An answer without sense is asked again over
 * REST too, which is harmless for a question. So is one that was refused, or failed again and again, while GraphQL never
 * worked; when REST answers the same token, there is no GraphQL for us.
 */
export async function askEitherWay<T>(
  server: Server,
  operation: Operation,
  byGraphql: () => Promise<T>,
  byRest: () => Promise<T>,
): Promise<T> {
  if (!server.speaks(operation)) return byRest();
  try {
    const answer = await byGraphql();
    server.clear(operation);
    return answer;
  } catch (error) {
    const verdict = learnFromGraphql(server, operation, error);
    // where it never made sense one more look decides: what is no GitHub needs care that GitHub does not
    if (verdict === 'odd' && !hasGraphqlWorked(server) && server.speaks(operation))
      return askEitherWay(server, operation, byGraphql, byRest);
    if (verdict === 'missing' || verdict === 'document' || verdict === 'odd') return byRest();
    if (hasGraphqlWorked(server) || verdict === 'other' || server.isGitHub) throw error;
    if (verdict === 'failing' && server.strike('graphql') < MOST_FAILURES) throw error;
    const answer = await byRest();
    server.learn('graphql', error instanceof Error ? error.message : '');
    return answer;
  }
}

/**
 * A REST question that not every server answers; `otherwise` where the route is missing, which is remembered by `name`,
 * or the App may not ask. Its subject must exist, or its 404 would be misread.
 */
export async function askIfThere<T>(
  server: Server,
  name: string,
  ask: () => Promise<T>,
  otherwise: (error: unknown) => T | Promise<T>,
): Promise<T> {
  if (server.routes.get(name) === 'missing') return otherwise(null);
  try {
    return await seen(server, name, ask);
  } catch (error) {
    // not for this App: true of one installation, so not remembered
    if (isForbidden(error)) return otherwise(error);
    // once it worked, a 404 is about the thing asked for
    if (server.routes.get(name) === 'there' || !isOut(server, name, error)) throw error;
    server.routes.set(name, 'missing');
    return otherwise(error);
  }
}

/**
 * The same for a question whose 404 says nothing about its route: null for that, and for a route that is missing, which
 * is not remembered.
 */
export async function unlessMissing<T>(server: Server, name: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await seen(server, name, ask);
  } catch (error) {
    if (statusOf(error) === 404) return null;
    if (server.routes.get(name) === 'there' || !isOut(server, name, error)) throw error;
    return null;
  }
}

/** Not for this App, which is no limit. */
export function isForbidden(error: unknown): boolean {
  return statusOf(error) === 403 && !isLimit(error);
}

/** The same, and null where the App may not ask. */
export async function unlessRefused<T>(server: Server, name: string, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await unlessMissing(server, name, ask);
  } catch (error) {
    if (isForbidden(error)) return null;
    throw error;
  }
}

/** Whether a failed question that never worked here is not to be asked. Counts failures of the server. */
export function isOut(server: Server, name: string, error: unknown): boolean {
  return isUnasked(error) || isNeverAnswered(server, name, error);
}

/** A server that is no GitHub may fail at what it does not have: there the tries follow at once. */
async function seen<T>(server: Server, name: string, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      const answer = await ask();
      server.routes.set(name, 'there');
      return answer;
    } catch (error) {
      const again = server.differs() && !server.routes.has(name) && (statusOf(error) ?? 0) >= 500;
      if (!again || tries === MOST_FAILURES) throw error;
      server.strike(name);
    }
  }
}

/**
 * Whether a failed write says that this server has no such thing. What never worked on a server that is no GitHub may be
 * refused in other words too, or fail again and again.
 */
export function isOutForWriting(server: Server, name: string, error: unknown): boolean {
  if (isRouteMissing(error)) return true;
  if (!server.differs() || server.routes.get(name) === 'there') return false;
  return isForbidden(error) || isOut(server, name, error);
}
