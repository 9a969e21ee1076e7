// For other suites: keep what a local GitHub says while a story runs, and hold it against GitHub's description at the
// end. Invariant: nothing of test/conformance's own packages is loaded before `violations` is called.
import type { ApiVersion, Exchange } from '../../src/sandbox/context.ts';
import { conformanceInstalled } from './description.ts';
import { summarise } from './report.ts';
import { createValidator, type Validator } from './validator.ts';

export interface ExchangeRecord {
  /** Give this to startSandbox. */
  readonly observe: (exchange: Exchange) => void;
  readonly exchanges: readonly Exchange[];
  /**
   * Everything in which the exchanges so far break GitHub's description, one line each with a count; none = they
   * conform. Throws when `npm ci --prefix test/conformance` has not been run.
   */
  violations(): Promise<string[]>;
}

export function recordExchanges(): ExchangeRecord {
  const exchanges: Exchange[] = [];
  return {
    observe: (exchange) => {
      exchanges.push(exchange);
    },
    exchanges,
    violations: () => violationsOf(exchanges),
  };
}

const validators = new Map<ApiVersion, Promise<Validator>>();

/** One line per violation in these exchanges, each held against the API version it was asked in. */
export async function violationsOf(exchanges: readonly Exchange[]): Promise<string[]> {
  if (!conformanceInstalled()) throw new Error('run `npm ci --prefix test/conformance` first');
  const errors = [];
  for (const exchange of exchanges) {
    const version = exchange.kind === 'rest' ? exchange.apiVersion : '2022-11-28';
    const validator = validators.get(version) ?? createValidator({ version });
    validators.set(version, validator);
    errors.push(...(await validator).validate(exchange));
  }
  return summarise(errors);
}
