/** Canonical JSON: keys sorted, no white space, so that equal values have equal text (and the engine can digest it). */
import type { Plan } from './plan.ts';

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** What an approval binds to: titles, texts, edges, policy and group issues; neither ticks nor links nor places in the text. */
export function approvedPart(plan: Plan): unknown {
  return {
    // what no pattern set is absent, so the digest of a plan without one stays what it was
    tasks: plan.tasks.map(({ id, title, text, role, agent, persona, outputs, judges, sendBacks, chosenBy }) => ({
      id,
      title,
      text,
      role,
      agent,
      persona,
      outputs,
      judges,
      sendBacks,
      chosenBy,
    })),
    edges: plan.edges.map(({ from, to, kind, until }) => ({ from, to, kind, until })),
    policy: plan.policy,
    shards: plan.shards,
    outside: outsideOf(plan),
  };
}

/** Absent where the author names none, so that the digest of such a plan stays what it was. */
function outsideOf({ outside = [] }: Plan): unknown {
  const said = outside.filter(({ basis }) => basis !== 'native');
  return said.length === 0
    ? undefined
    : said.map(({ from, owner, name, number, kind }) => ({ from, owner, name, number, kind }));
}
