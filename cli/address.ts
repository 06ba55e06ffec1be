/** Addresses: as the command line takes them, and in words. */

import { isIPv4, isIPv6, type Socket } from 'node:net'
import { InvalidArgumentError } from 'commander'

/** The original's. */
export const ORIGINAL_PORT = 8080

export interface Address {
  host: string
  port: number
}

/** `127.0.0.1:8080`, `[::1]:8080`, `example.com:8080`; without a port just the host. */
export function addressText({ host, port }: Omit<Address, 'port'> & { port?: number }): string {
  if (port === undefined) return host
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** Of a socket whose peer has gone already, the kernel knows none. */
export function peerOf({ remoteAddress = 'a peer that is gone', remotePort = 0 }: Socket): Address {
  return { host: remoteAddress.replace(/^::ffff:(?=[\d.]+$)/, ''), port: remotePort }
}

export function isLoopback(host: string): boolean {
  const inner = host.replace(/^::ffff:/i, '')
  return isIPv4(inner) ? inner.startsWith('127.') : host === '::1'
}

/** 0, where it is allowed: any that is free. */
export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError('Expected a port: a number from 0 to 65535.')
  }
  return Number(text)
}

export function parsePeerPort(text: string): number {
  if (!/[1-9]/.test(text)) throw new InvalidArgumentError('Expected a port: a number from 1 to 65535.')
  return parsePort(text)
}

/** An IPv6 address may be in brackets. An empty name would mean every address. */
export function parseHost(text: string): string {
  const host = /^\[(.*)\]$/.exec(text)?.[1] ?? text
  // What a resolver would be asked for; labels of other languages too.
  if (isIPv6(host) || (host === text && /^[^\s/:[\]\p{Cc}]+$/u.test(host))) return host
  throw new InvalidArgumentError('Expected an IPv4 or IPv6 address, or a name.')
}

/** `HOST[:PORT]`; an IPv6 address with a port is in brackets. The port is undefined where there is none. */
export function parseHostPort(text: string): { host: string; port?: number } {
  const [, host, port] = isIPv6(text)
    ? [text, text]
    : (/^(\[.*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [text, text])
  return { host: parseHost(host ?? ''), ...(port !== undefined && { port: parsePort(port) }) }
}
