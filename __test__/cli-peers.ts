/** Who is at the other end of `send` and `receive`: ours, Node's own sockets, and programs as the original's are. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type Running, startProgram } from './cli-program'
import { turn } from './support/fifo'

/** Resolves when what it said on standard error matches; rejects when it has ended without. */
export function saidError(running: Running, text: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = text.exec(running.stderr)
      if (found !== null) resolve(found)
    }
    look()
    running.child.stderr?.on('data', look)
    running.child.once('close', () => reject(new Error(`it ended: ${running.stderr}`)))
  })
}

/** `receive` on a free port, as soon as it listens. */
export async function startReceive(args: string[], cwd: string): Promise<{ running: Running; port: string }> {
  const running = startProgram(['receive', '-p', '0', ...args], { cwd })
  const [, port] = await saidError(running, /listening on \S+:(\d+), /)
  return { running, port: port as string }
}

/** What `receive` says to everybody on standard error, taken off. */
export function withoutListening(stderr: string): string {
  return stderr.replace(/^zero-copy-rs: listening on .*\n/, '')
}

/** A peer of Node's: its first connection, not read from until somebody asks. */
export class Listener {
  private constructor(
    readonly server: Server,
    readonly port: string,
    readonly connection: Promise<Socket>,
  ) {}

  static async on(host = '127.0.0.1'): Promise<Listener> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, host)
    const connection = once(server, 'connection').then(([socket]) => {
      server.close()
      return socket.on('error', () => {})
    })
    await once(server, 'listening')
    return new Listener(server, `${(server.address() as AddressInfo).port}`, connection)
  }

  /** All that comes, until the peer has ended; then this side ends too. */
  async received(): Promise<Buffer> {
    const socket = await this.connection
    const bytes = await all(socket)
    socket.end()
    return bytes
  }
}

/** Everything until the end of the stream. */
export async function all(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk)).resume()
  await once(socket, 'end')
  return Buffer.concat(chunks)
}

export async function connected(port: string, host = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port: Number(port), host, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket.on('error', () => {})
}

/** The code that the socket fails with; null: it was closed in order. */
export async function endOf(socket: Socket): Promise<string | null> {
  socket.resume()
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve))
  return (socket.errored as NodeJS.ErrnoException | null)?.code ?? null
}

/** Resolves when a process has a file in `directory` open that has bytes: it may have no name yet. */
export async function hasWritten({ child: { pid } }: Running, directory: string): Promise<void> {
  for (;;) {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      try {
        const link = `/proc/${pid}/fd/${fd}`
        if (readlinkSync(link).startsWith(`${directory}/`) && statSync(link).size > 0) return
      } catch {}
    }
    await turn()
  }
}

/** A peer that takes one byte, and says how the connection ends when it is asked. */
export class Stalled {
  private out = ''
  private constructor(
    private readonly child: ChildProcess,
    readonly port: string,
  ) {}

  static async by(program: string): Promise<Stalled> {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    const [port] = await once(child.stdout.setEncoding('utf8'), 'data')
    const peer = new Stalled(child, port.trim())
    child.stdout.on('data', (text) => {
      peer.out += text
    })
    return peer
  }

  async begun(): Promise<void> {
    while (this.out === '') await once(this.child.stdout as Readable, 'data')
  }

  /** `end` or `reset`, after all that was left to read. */
  async saw(): Promise<string> {
    this.child.stdin?.end()
    await once(this.child, 'close')
    return this.out.replace(/^begun\n/, '').trim()
  }
}

/** What the original's programs do with the options that they have, without their defects. */
const PROGRAMS = {
  client: `
    int main(int argc, char **argv) {
      struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])) };
      inet_aton("127.0.0.1", &to.sin_addr);
      int s = socket(AF_INET, SOCK_STREAM, 0), file = open(argv[2], O_RDONLY);
      if (file < 0 || connect(s, (struct sockaddr *)&to, sizeof to) != 0) return 1;
      char buffer[64];
      for (ssize_t n; (n = read(file, buffer, sizeof buffer)) > 0; ) if (write(s, buffer, n) != n) return 1;
      return close(s) != 0;
    }`,
  server: `
    int main(int argc, char **argv) {
      struct sockaddr_in at = { .sin_family = AF_INET };
      socklen_t size = sizeof at;
      int l = socket(AF_INET, SOCK_STREAM, 0);
      if (bind(l, (struct sockaddr *)&at, size) != 0 || listen(l, 1) != 0) return 1;
      getsockname(l, (struct sockaddr *)&at, &size);
      printf("%d\\n", ntohs(at.sin_port)), fflush(stdout);
      int s = accept(l, NULL, NULL), file = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
      char buffer[64];
      for (ssize_t n; (n = read(s, buffer, sizeof buffer)) > 0; ) if (write(file, buffer, n) != n) return 1;
      return close(file) != 0;
    }`,
  // Reads nothing but one byte until its standard input ends. Node's sockets take a reset with unread bytes for an end.
  stalled: `
    int main(void) {
      struct sockaddr_in at = { .sin_family = AF_INET };
      socklen_t size = sizeof at;
      int l = socket(AF_INET, SOCK_STREAM, 0);
      if (bind(l, (struct sockaddr *)&at, size) != 0 || listen(l, 1) != 0) return 1;
      getsockname(l, (struct sockaddr *)&at, &size);
      printf("%d\\n", ntohs(at.sin_port)), fflush(stdout);
      static char buffer[65536];
      int s = accept(l, NULL, NULL);
      if (read(s, buffer, 1) != 1) return 1;
      puts("begun"), fflush(stdout);
      while (read(0, buffer, sizeof buffer) > 0) ;
      ssize_t n;
      while ((n = read(s, buffer, sizeof buffer)) > 0) ;
      puts(n == 0 ? "end" : errno == ECONNRESET ? "reset" : "failed");
      return 0;
    }`,
}

const INCLUDES = ['arpa/inet.h', 'errno.h', 'fcntl.h', 'stdio.h', 'stdlib.h', 'sys/socket.h', 'unistd.h']

/** Compiles one of them: `client PORT FILE`; `server FILE` and `stalled`, which print their port first. */
export function compiled(name: keyof typeof PROGRAMS, directory: string): string {
  const [source, program] = [join(directory, `${name}.c`), join(directory, name)]
  writeFileSync(source, INCLUDES.map((each) => `#include <${each}>\n`).join('') + PROGRAMS[name])
  execFileSync('gcc', ['-O1', '-o', program, source])
  return program
}
