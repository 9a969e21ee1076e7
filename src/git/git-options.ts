export interface GitOptions {
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  readonly cwd?: string;
  /** Added to the hardened environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds until the whole process group is killed. Default 120,000. */
  readonly timeoutMs?: number;
  /** Exit codes that are an answer and not an error. Default `[0]`. */
  readonly okCodes?: readonly number[];
  readonly auth?: GitAuth;
  readonly signal?: AbortSignal;
  readonly objectDirectory?: string;
  readonly alternates?: string;
  /** More standard output than this is an error. Default 64 MiB. */
  readonly maxBytes?: number;
  /** Lets git read and write repositories by local path. Never set it for an address that came from outside. */
  readonly allowFile?: boolean;
}

export interface GitAuth {
  readonly askpassFile: string;
}
