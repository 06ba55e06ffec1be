/** `--out`: the directory of a benchmark's record and its pictures. */

import { renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchmarkResult } from '../index'
import { makeDirectory } from './directory'

const RECORD = 'result.json'
/** Writing may take as much time as measuring, no more: what comes too soon is left to the next, or to the end. */
const SHARE = 1

export class OutDirectory {
  private readonly made: string[]
  private isEmpty = true
  private lastMs = 0
  private lastEnd = Number.NEGATIVE_INFINITY

  /** Makes it where it is missing. @throws as `fs` does, where it can't be written to. */
  constructor(private readonly path: string) {
    this.made = makeDirectory(path)
    try {
      this.replace(RECORD, null)
    } catch (error) {
      this.abandon()
      throw error
    }
  }

  /** Whole or not at all, so that whatever ends the process leaves a valid record. */
  save(result: BenchmarkResult): void {
    this.replace(RECORD, `${JSON.stringify(result)}\n`)
    this.isEmpty = false
  }

  /** As {@link save}, of what is asked for only if it is time. */
  saveSoon(result: () => BenchmarkResult): void {
    const before = performance.now()
    if (before - this.lastEnd < this.lastMs * SHARE) return
    this.save(result())
    this.lastEnd = performance.now()
    this.lastMs = this.lastEnd - before
  }

  /** The page and the original's plot. Answers all the names. */
  async draw(result: BenchmarkResult): Promise<string[]> {
    // A bundle of its own: nobody else needs a plotting library.
    const { analysisSvg, reportPage } = await import('../lib/bench-page/index.js')
    this.replace('report.html', reportPage(result))
    this.replace('file_copy_analysis.svg', analysisSvg(result))
    return [RECORD, 'report.html', 'file_copy_analysis.svg'].map((name) => join(this.path, name))
  }

  /** What was made for nothing is removed. */
  abandon(): void {
    if (!this.isEmpty) return
    try {
      for (const directory of [...this.made].reverse()) rmdirSync(directory)
    } catch {
      // Somebody else's file is in it.
    }
  }

  /** Null: nothing is written in the end, only tried. */
  private replace(name: string, text: string | null): void {
    const temporary = join(this.path, `.${name}.${process.pid}.tmp`)
    try {
      writeFileSync(temporary, text ?? '', { flag: 'wx' })
      if (text !== null) renameSync(temporary, join(this.path, name))
    } finally {
      rmSync(temporary, { force: true })
    }
  }
}
