/** What the child of kill.test.ts says it was told is stored. */
export type Acknowledged =
  | { readonly did: 'start' }
  | { readonly did: 'open'; readonly seq: number }
  | { readonly did: 'receive'; readonly id: string }
  | { readonly did: 'advance'; readonly seq: number; readonly command: string }
  | { readonly did: 'complete'; readonly command: string };
