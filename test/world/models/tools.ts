/** From what a script wants done to a call of a tool that the asking client has. */
import { type OfferedTool, type Part, record, string, type Turn } from './script.ts';

/** In the order in which a client's tools are tried. */
const shells = ['Bash', 'exec_command', 'shell_command', 'shell', 'run_shell_command', 'bash', 'developer__shell'];
const writers = ['Write', 'write_file', 'write', 'create', 'create_file', 'developer__text_editor'];

const commandField = /^(?:command|cmd)$/;
const pathField = /^(?:file_?path|path|file_?name)$/i;
const textField = /^(?:content|contents|text|file_text)$/;

/** Null when the turn wants a tool and the client offers none that would do. */
export function partFor(turn: Turn, tools: readonly OfferedTool[], cwd: string | null, id: string): Part | null {
  if ('say' in turn) return { type: 'text', text: turn.say };
  if ('refuse' in turn) return { type: 'refusal', text: turn.refuse };
  if ('tool' in turn) return { type: 'call', id, name: turn.tool, input: turn.input };
  if ('shell' in turn) return shellCall(turn.shell, tools, id);
  if ('write' in turn) return writeCall(turn.write, tools, cwd, id);
  return null;
}

export function wantsTool(turn: Turn): boolean {
  return 'shell' in turn || 'write' in turn || 'tool' in turn;
}

function shellCall(command: string, tools: readonly OfferedTool[], id: string): Part | null {
  const tool = pick(tools, shells, (fields) => fields.some((name) => commandField.test(name)));
  if (tool === null) return null;
  const field = fieldsOf(tool).find((name) => commandField.test(name)) ?? 'command';
  const takesWords = record(record(tool.schema.properties)[field]).type === 'array';
  const value = takesWords ? ['/bin/sh', '-c', command] : command;
  return { type: 'call', id, name: tool.name, input: { ...required(tool), [field]: value } };
}

function writeCall(
  { path, text }: { readonly path: string; readonly text: string },
  tools: readonly OfferedTool[],
  cwd: string | null,
  id: string,
): Part | null {
  const writes = (fields: readonly string[]): boolean =>
    fields.some((name) => pathField.test(name)) && fields.some((name) => textField.test(name));
  const tool = pick(tools, writers, writes);
  if (tool !== null) {
    const fields = fieldsOf(tool);
    const [to = 'path'] = fields.filter((name) => pathField.test(name));
    const [with_ = 'content'] = fields.filter((name) => textField.test(name));
    const full = cwd === null || path.startsWith('/') ? path : `${cwd}/${path}`;
    return { type: 'call', id, name: tool.name, input: { ...required(tool), [to]: full, [with_]: text } };
  }
  const patch = tools.find(({ name }) => name === 'apply_patch');
  if (patch !== undefined) return patchCall(patch, path, text, id);
  const encoded = Buffer.from(text).toString('base64');
  return shellCall(`mkdir -p "$(dirname '${path}')" && printf %s ${encoded} | base64 -d > '${path}'`, tools, id);
}

function patchCall(tool: OfferedTool, path: string, text: string, id: string): Part {
  const lines = text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `+${line}`);
  const input = ['*** Begin Patch', `*** Add File: ${path}`, ...lines, '*** End Patch', ''].join('\n');
  return tool.kind === 'custom'
    ? { type: 'custom', id, name: tool.name, input }
    : { type: 'call', id, name: tool.name, input: { input } };
}

function pick(
  tools: readonly OfferedTool[],
  names: readonly string[],
  fits: (fields: readonly string[]) => boolean,
): OfferedTool | null {
  const fitting = tools.filter((tool) => tool.kind === 'function' && fits(fieldsOf(tool)));
  for (const name of names) {
    const known = fitting.find((tool) => tool.name === name);
    if (known !== undefined) return known;
  }
  return fitting.find(({ name }) => /shell|bash|exec|terminal|write|create/i.test(name)) ?? null;
}

function fieldsOf(tool: OfferedTool): readonly string[] {
  return Object.keys(record(tool.schema.properties));
}

/** A value that fits a schema, as far as asides of clients need it. */
export function fitting(schema: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(schema.anyOf)) return fitting(record(schema.anyOf[0]));
  const { type, properties } = schema;
  // Google writes its types in capitals
  switch (string(Array.isArray(type) ? type[0] : type).toLowerCase()) {
    case 'object':
      return Object.fromEntries(Object.entries(record(properties)).map(([name, one]) => [name, fitting(record(one))]));
    case 'array':
      return [];
    case 'boolean':
      return false;
    case 'number':
    case 'integer':
      return typeof schema.minimum === 'number' ? schema.minimum : 1;
  }
  return Array.isArray(schema.enum) ? schema.enum[0] : 'as the script says';
}

/** Something harmless for every field that must be there. */
function required(tool: OfferedTool): Readonly<Record<string, unknown>> {
  const { properties, required: names } = tool.schema;
  const list = Array.isArray(names) ? names.map(string) : [];
  return Object.fromEntries(list.map((name) => [name, harmless(name, record(record(properties)[name]))]));
}

function harmless(name: string, schema: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(schema.enum)) return schema.enum.includes('write') ? 'write' : schema.enum[0];
  switch (schema.type) {
    case 'boolean':
      return false;
    case 'number':
    case 'integer':
      return 10_000;
    case 'array':
      return [];
    case 'object':
      return {};
  }
  return name === 'command' ? 'write' : 'as the script says';
}

/** The directory a client says it works in, from anywhere in its request. */
export function workingDirectory(body: string): string | null {
  const said = /(?:working directory|current directory|<cwd>|workspace directory)[^/\n]{0,40}?(\/[^\s<>"'`\\,;)]+)/i;
  return said.exec(body)?.[1]?.replace(/[.]$/, '') ?? null;
}
