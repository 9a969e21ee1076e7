/**
 * Is this checkbox work for an agent? Lists also hold acceptance criteria, attestations, choices, reporter settings,
 * bot switches and steps only a human may take. Where the words say so, the item is listed and not handed out.
 */

export interface ItemFacts {
  readonly title: string;
  /** Headings above it, outermost first. */
  readonly headings: readonly string[];
  readonly lead: string | null;
  readonly parent: { readonly title: string; readonly reason: string | null; readonly struck: boolean } | null;
  readonly refs: readonly string[];
}

const acceptanceWords =
  /\b(?:acceptance (?:criteria|criterion|tests?|checks?)|definition of (?:done|ready)|success criteria|exit (?:criteria|checks?)|done when|akzeptanzkriteri\w*|abnahmekriteri\w*|erfolgskriteri\w*|crit(?:é|e)rios? de (?:aceite|aceita(?:ç|c)(?:ã|a)o|aceptaci(?:ó|o)n|(?:é|e)xito|sucesso)|crit(?:è|e)res? d['’ e]{0,3}(?:acceptation|succ(?:è|e)s)|criteri di accettazione|acceptatiecriteria)(?![\p{L}\d])|^dod$|критери\p{L}* (?:при(?:е|ё)мки|готовности)|验收(?:标准|条件)|驗收(?:標準|條件)|完了(?:条件|の定義)|受け?入れ?(?:条件|基準)|인수 ?조건|완료 ?조건/iu;

const attestationPlace =
  /^(?:pr |pull request |submission |contribut\w+ |contributor |reviewer |author |my )?(?:checklist|pre-?flight|before (?:submitting|you submit|posting|opening)\b.*|prerequisites|code of conduct|terms)\b[:\s]*$/i;
const attestation =
  /^(?:(?:if|when) [^,]{1,80}, )?(?:(?:i|we)(?: have|['’]ve| am|['’]m| agree| understand| confirm| acknowledge)|i(?: will| did| read| searched| checked| tested| can| could| added| ran| wrote))\b|^my (?:code|change|pr|commit|pull)\b|^(?:this|the) (?:pr|pull request|issue) (?:is|has|does|follows|includes|contains|adds)\b|\bcode of conduct\b/i;
const choicePlace =
  /\b(?:types? of changes?|kind of change|issue type|change type|what (?:kind|type|sort) of|which (?:one|component|area|platform)|(?:select|choose|tick|check|mark) (?:one|any|all)\b|affected (?:platforms?|areas?|components?))|^severity[:\s]*$/i;
const choice =
  /^(?:yes|no|none|n\/a|other)[.!:]?$|^(?:bug ?fix|new feature|breaking change|documentation update|refactor(?:ing)?|chore)\s\([^)]{0,200}\)[.]?$/i;
const settingsPlace =
  /^(?:your )?(?:environment|system info\w*|operating system|os|configuration details?|setup info\w*)[:\s]*$/i;
const botWords =
  /\b(?:check(?:ing)? this box|select this checkbox|click on this checkbox|tick(?:ing)? this box|rebase all open prs|create all (?:rate-limited|pending|awaiting)[\w -]{0,40}prs)\b/i;
const botPlace =
  /^(?:rate-limited|awaiting schedule|pending (?:approval|status checks|branch automerge)|edited\/blocked|ignored or blocked|detected dependencies|pr edited \(blocked\)|config migration needed|pr closed \(blocked\))\b/i;
const botTitle =
  /^(?:chore|fix|build)\(deps(?:-dev)?\): |^update (?:dependency|module) \S+ to \S+$|<!-- (?:rebase|recreate)/i;
const releasePlace =
  /^(?:(?:before|after|during|post|pre)[- ]?(?:the )?release|releas(?:e|ing)(?: (?:steps?|process|checklist|day|tasks?|to-?dos?|procedure))?|deploy(?:ment)? (?:steps|checklist)|sign-?offs?)[:\s]*$/i;
const releaseTitle =
  /^(?:tag (?:and (?:release|publish)|(?:the |a )?(?:new )?release|v?\d)|cut (?:the |a )?release|publish (?:the |a |it |new )?(?:(?:package|crate|gem|release|image|version)s?\b|(?:to|on) (?:npm|pypi|crates\.io|maven|rubygems|docker ?hub|github)\b)|push (?:the )?(?:release )?tag|create (?:the |a )?(?:git|release) tag|(?:make|draft|announce) (?:the |a |new )?release\b|get (?:approval|sign-?off)|set (?:the )?(?:repository |repo |ci )?secrets?\b)/i;
const humanPlace =
  /\b(?:user|human|owner|maintainer|manually)[- ](?:gated|only|approved|decision)\b|\b(?:humans? only|manual(?: approval| steps?| verification)?(?: required)?|requires? (?:human|approval))\b/i;
const questionPlace =
  /\b(?:open|unresolved|unanswered|outstanding) (?:design )?questions?\b|\b(?:known problems|requir\w+ more (?:thought|design)|needs? (?:more )?(?:discussion|design|thought)|to be (?:discussed|decided)|to discuss|undecided|^questions?$)/i;
const questionTitle =
  /^(?:should|do|does|is|are|can|could|would|how|what|why|which|where|who|when|shall|will)\b[^?]{0,300}\?$/i;
const dependencyTitle =
  /^(?:(?:blocked|gated) (?:on|by)|depends on|requires|waiting (?:for|on)|needs)\s+(?:#\d+|https?:\/\/\S+|[\w.-]+\/[\w.-]+#\d+|\S+)[.!]?$/i;

/** Acceptance criteria belong to the issue as a whole; they are shown to every agent, not handed out one by one. */
export function isAcceptance(item: ItemFacts): boolean {
  return (
    [...item.headings, item.lead ?? ''].some((words) => acceptanceWords.test(words)) ||
    item.parent?.reason === acceptanceReason
  );
}

const acceptanceReason = 'an acceptance criterion of the whole issue';

/** Why an item without sub-items is not handed out, in words that follow "left out:"; null when it is work. */
export function whyNotWork(
  item: ItemFacts & { readonly checked: boolean; readonly struck: boolean; readonly unclear: boolean },
): string | null {
  if (item.checked) return 'already ticked';
  if (item.struck || item.parent?.struck === true) return 'struck through';
  if (item.unclear) return 'the mark in its box is neither empty nor an x';
  if (isAcceptance(item)) return acceptanceReason;
  const place = item.headings.at(-1) ?? '';
  const near = [place, leadWords(item.lead), item.parent?.title ?? ''];
  const stands = (pattern: RegExp): boolean => near.some((words) => pattern.test(words));
  if (botWords.test(item.title) || stands(botPlace) || (botTitle.test(item.title) && !stands(/task|todo|work/i)))
    return 'a switch of a bot';
  if (attestation.test(item.title) || (stands(attestationPlace) && /^(?:i|we|my)\b/i.test(item.title)))
    return 'a statement of its author, not work';
  if (stands(choicePlace) || choice.test(item.title)) return 'a choice to be made, not work';
  if (stands(settingsPlace)) return 'information about a system, not work';
  if (stands(releasePlace) || releaseTitle.test(item.title)) return 'a release or approval step for a human';
  if (stands(humanPlace)) return 'a step that its heading keeps for a human';
  if (stands(questionPlace) || questionTitle.test(item.title)) return 'an open question, not work';
  if (dependencyTitle.test(item.title)) return 'it states what the list waits for';
  return null;
}

/** Only a short lead names a list; a whole sentence above it is prose. */
function leadWords(lead: string | null): string {
  return lead !== null && lead.length <= 60 ? lead : '';
}
