import { createServer, type Server, type Socket } from 'node:net';

/**
 * Speaks as much of the wire protocol as it takes to be asked for a version: lets everybody in and answers each simple
 * query with one row of these columns, all text. For servers that nobody can install beside a new one.
 */
export function startOldServer(row: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer((socket) => {
    let isIn = false;
    socket.on('data', (data) => {
      if (!isIn) {
        isIn = true;
        // authentication ok; ready
        socket.write(Buffer.concat([message('R', int32(0)), ready]));
      } else if (String.fromCharCode(data[0] ?? 0) === 'Q') answer(socket, row);
      else socket.end();
    });
    socket.on('error', () => {});
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

const ready = message('Z', Buffer.from('I'));
const typeOfText = 25;

function answer(socket: Socket, row: Readonly<Record<string, string>>): void {
  const columns = Object.entries(row);
  const description = columns.map(([name]) =>
    Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(typeOfText), int16(-1), int32(-1), int16(0)]),
  );
  const values = columns.map(([, value]) => Buffer.concat([int32(Buffer.byteLength(value)), Buffer.from(value)]));
  socket.write(
    Buffer.concat([
      message('T', Buffer.concat([int16(columns.length), ...description])),
      message('D', Buffer.concat([int16(columns.length), ...values])),
      message('C', Buffer.from('SELECT 1\0')),
      ready,
    ]),
  );
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}
