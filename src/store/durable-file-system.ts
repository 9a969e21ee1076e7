import { fsyncSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

type Init = NodeFS['init'];
type Module = Parameters<NonNullable<Parameters<Init>[1]['preRun']>[number]>[0];

/** The two parts of emscripten's NODEFS used here; not in PGlite's types. */
interface NodeFsOfEmscripten {
  readonly stream_ops: { fsync?: (stream: { readonly nfd: number }) => void };
  readonly tryFSOperation: (operation: () => void) => void;
}

/**
 * PGlite's NodeFS with an fsync that reaches the disk. Emscripten calls `stream_ops.fsync` when there is one, and
 * NODEFS has none, so that PostgreSQL believes every commit durable although none was ever flushed.
 */
export class DurableFileSystem extends NodeFS {
  override async init(...[pg, options]: Parameters<Init>): ReturnType<Init> {
    const { emscriptenOpts } = await super.init(pg, options);
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [flushForReal, ...(emscriptenOpts.preRun ?? [])] } };
  }
}

function flushForReal(module: Module): void {
  const { NODEFS } = module as unknown as { readonly NODEFS: NodeFsOfEmscripten };
  NODEFS.stream_ops.fsync = (stream) => NODEFS.tryFSOperation(() => fsyncSync(stream.nfd));
}
