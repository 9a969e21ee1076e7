/** HTML that is safe to put into a page as it is. */
export interface Html {
  readonly html: string;
}

export type HtmlValue = string | number | Html | null | undefined | false | readonly HtmlValue[];

/** Tagged template: every value is escaped unless it is `Html`; lists are joined; null, undefined and false vanish. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let out = parts[0] ?? '';
  values.forEach((value, index) => {
    out += toText(value) + (parts[index + 1] ?? '');
  });
  return { html: out };
}

/** Marks a string as HTML already made safe, such as the answer of `renderMarkdown`. */
export function trustedHtml(fragment: string): Html {
  return { html: fragment };
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function toText(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if ('html' in value) return value.html;
  return value.map(toText).join('');
}
