/** Telling "this server does not have that" from every other failure. What is not certain is never taken for it. */
import { responseOf, statusOf } from './classify.ts';
import { UnexpectedAnswerError, UnreadablePayloadError } from './errors.ts';
import { type GraphqlError, graphqlErrors, limitWaitMs } from './limits.ts';
import type { Operation, Server } from './server.ts';

const NO_ROUTE = new Set([404, 405, 501]);
/** What a server that knows no GraphQL may answer to a POST on its address. */
const NO_GRAPHQL = new Set([400, 404, 405, 406, 410, 415, 422, 501]);

/** A REST route that is not there. 404 says so only where the thing that was asked about certainly exists. */
export function isRouteMissing(error: unknown): boolean {
  const status = statusOf(error);
  return status !== null && NO_ROUTE.has(status) && !isLimit(error);
}

/** `missing`: no GraphQL here. `document`: it cannot do this operation, and did nothing. `odd`: an answer without sense. */
export type GraphqlVerdict = 'missing' | 'document' | 'odd' | 'other';

export function judgeGraphql(error: unknown): GraphqlVerdict {
  if (error instanceof UnexpectedAnswerError || error instanceof UnreadablePayloadError) return 'odd';
  const response = responseOf(error);
  if (response === null || isLimit(error)) return 'other';
  const errors = graphqlErrors(response.data);
  if (errors.length === 0) return NO_GRAPHQL.has(response.status) ? 'missing' : 'other';
  if (response.status >= 500) return 'other';
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

/**
 * A question by GraphQL where the server understands it, else by REST. An answer without sense is asked again over
 * REST too, which is harmless for a question.
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
    if (learnFromGraphql(server, operation, error) === 'other') throw error;
    return byRest();
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
    const answer = await ask();
    server.routes.set(name, 'there');
    return answer;
  } catch (error) {
    // not for this App: true of one installation, so not remembered
    if (statusOf(error) === 403 && !isLimit(error)) return otherwise(error);
    // once it worked, a 404 is about the thing asked for
    if (!isRouteMissing(error) || server.routes.get(name) === 'there') throw error;
    server.routes.set(name, 'missing');
    return otherwise(error);
  }
}
