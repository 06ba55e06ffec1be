/** What the pages under docs/ say that a test can hold them to: tables with fixed columns, examples, links. */

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Strategy } from '../index'
import { root } from './support/child'

/** A row of a table: its cells by the names of their columns. */
export type Row = Record<string, string>

/** Commands to be run, and what they are said to print. */
export interface Example {
  /** The file system to be on. */
  where: string
  command: string
  printed: string
}

/** A link or an image; `text` is the image's alternative. */
export interface Link {
  isImage: boolean
  text: string
  target: string
}

export class Page {
  private readonly text: string
  readonly path: string

  constructor(readonly name: string) {
    this.path = join(root, 'docs', name)
    this.text = readFileSync(this.path, 'utf8')
  }

  get lines(): number {
    return this.text.split('\n').length - 1
  }

  /** The rows of all tables with exactly these columns. */
  rows(...columns: readonly string[]): Row[] {
    const lines = this.text.split('\n').map(cells)
    const rows: Row[] = []
    lines.forEach((header, at) => {
      if (header?.join('|') !== columns.join('|')) return
      for (let i = at + 2; lines[i]; i++) {
        rows.push(Object.fromEntries(columns.map((column, n) => [column, lines[i]?.[n] ?? ''])))
      }
    })
    return rows
  }

  /** The columns of each table. */
  tables(): string[] {
    const headers = this.text.matchAll(/^\|(.*)\|\n\|[-|]+\|$/gm)
    return [...headers].map(([, header]) => (header as string).trim())
  }

  /** Blocks of the kind `sh run`, or `sh run xfs`, each with the block of text behind it. */
  examples(): Example[] {
    const blocks = this.text.matchAll(/^```sh run ?(\S*)\n([\s\S]*?)^```\n(?:```text\n([\s\S]*?)^```\n)?/gm)
    return [...blocks].map(([, where, command, printed]) => ({
      where: where || 'ext4',
      command: command as string,
      printed: printed ?? '',
    }))
  }

  /** Those into the repository, as paths. */
  links(): Link[] {
    const all = this.text.matchAll(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g)
    return [...all].map(([, mark, text, target]) => ({
      isImage: mark === '!',
      text: text as string,
      target: join(dirname(this.path), target as string),
    }))
  }
}

export const pages = (readdirSync(join(root, 'docs'), { recursive: true }) as string[])
  .filter((name) => name.endsWith('.md'))
  .sort()
  .map((name) => new Page(name))

export function page(name: string): Page {
  return pages.find((each) => each.name === name) ?? new Page(name)
}

function cells(line: string): string[] | null {
  return line.startsWith('|')
    ? line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim())
    : null
}

/** `pread64 40, pwrite64 40`; a call without a number may be made as often as it takes. */
export function callsIn(cell: string): Record<string, number | null> {
  const words = cell.split(', ').filter(Boolean)
  return Object.fromEntries(
    words.map((word) => {
      const [call, count] = word.split(' ')
      return [call, count === undefined ? null : Number(count)]
    }),
  )
}

/** What differs from run to run: times and rates, and in strace's lines descriptors and addresses. */
export function settled(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      if (/^\w+\(.*\) += /.test(line))
        return line.replace(/0x[0-9a-f]{9,}|\b\d{1,2}\b/g, '#').replace(/ +/g, ' ')
      return line.replace(/\d+(\.\d+)? (sec|ms|[kMGT]?B\/s)/g, '#')
    })
    .join('\n')
    .trim()
}

const COPIES = ['from', 'to', 'system calls', 'CPU copies', 'refused'] as const

/** The rows of all strategies' tables of copies. */
export const measured = pages.flatMap((each) => {
  const strategy = /^how\/(\w+)\.md$/.exec(each.name)?.[1] as Strategy
  return each.rows(...COPIES).map((row) => ({ strategy, row }))
})

/**
 * The CPU copies that a strategy's page states, from file to file. A file that lies in its inode is an exception, and
 * not what a strategy is known for.
 */
export function countsOf(name: string): string[] {
  const own = measured.filter(({ strategy, row }) => strategy === name && !row.from?.includes('size'))
  return own.map(({ row }) => row['CPU copies'] as string).filter(Boolean)
}

/** It is for what is to be durable. */
export const isDirect = (strategy: string) => strategy === 'direct'
