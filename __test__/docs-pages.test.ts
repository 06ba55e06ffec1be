// @once
// The pages of docs/ as pages: nothing is missing, links lead somewhere, diagrams are what is said and was measured.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyFileSync, strategies } from '../index'
import { countsOf, page, pages } from './docs-page'
import { ended, root } from './support/child'
import { scratch } from './support/place'

describe('the pages', () => {
  const directory = scratch('docs-pages')

  test('each strategy has one, and its row in the index', () => {
    const rows = page('README.md').rows(
      'strategy',
      '`-m`',
      'system calls',
      'CPU copies, file to file',
      'CPU copies, file to socket',
    )
    const names = rows.map((row) => /^\[(\w+)\]/.exec(row.strategy as string)?.[1] as string)
    expect(names).toEqual(strategies)
    for (const [i, name] of names.entries()) {
      expect(existsSync(join(root, 'docs', 'how', `${name}.md`))).toBe(true)
      expect([name, rows[i]?.['`-m`']]).toEqual([name, i < 3 ? `${i + 1}` : ''])
      const counts = new Set(countsOf(name))
      const stated = rows[i]?.['CPU copies, file to file']?.match(/\d/g) ?? []
      expect([name, ...stated.sort()]).toEqual([name, ...[...counts].sort()])
    }
  })

  test('every number of a receipt is explained', () => {
    writeFileSync(join(directory, 'a'), 'a')
    const report = copyFileSync(join(directory, 'a'), join(directory, 'b'))
    const rows = page('how/receipt.md').rows('number', 'where it comes from', 'what it does not say')
    const explained = rows.flatMap((row) => row.number?.match(/\w+/g) ?? [])
    expect(explained.sort()).toEqual(Object.keys(report).sort())
  })

  test('every reason for writing in place is one of the core', () => {
    const rows = page('destination.md').rows('what', '`atomicReason`')
    const stated = rows.map((row) => row['`atomicReason`']?.slice(1, -1))
    const core = readFileSync(join(root, 'crates/zero-copy-rs/src/destination/wanted.rs'), 'utf8')
    const reasons = [...core.matchAll(/const [A-Z]+: &str =\s+"(.*)";/g)].map(([, reason]) => reason)
    expect(stated.sort()).toEqual(reasons.sort())
    expect(reasons.length).toBeGreaterThan(8)
  })

  test('links lead somewhere, and each page can be reached', () => {
    const links = pages.flatMap((each) => each.links())
    expect(links.map(({ target }) => target).filter((target) => !existsSync(target))).toEqual([])
    const linked = new Set(
      page('README.md')
        .links()
        .map(({ target }) => target),
    )
    expect(pages.map(({ path }) => path).filter((path) => !linked.has(path))).toEqual([
      page('README.md').path,
    ])
  })

  test('there is no table but those that are tested, and these', () => {
    const prose = [
      'who | what | counted as a CPU copy',
      'the simple picture | what was seen',
      'file system | what O_DIRECT writes do | seen by',
      // docs/api.md: the compiler and the tests of the benchmark hold it
      'code | when',
      'field |',
      'kind | when',
      'option | default |',
      // docs/destination.md: the tests of the options hold them
      '`atomic` | what becomes of the destination',
      '`durable` | when it resolves',
      '`preserve` | what the copy gets besides bytes and permission bits',
      '`sparse` | what becomes of holes',
    ]
    const tested = [
      'strategy | `-m` | system calls | CPU copies, file to file | CPU copies, file to socket',
      'from | to | system calls | CPU copies | refused',
      'what | by | system calls | CPU copies',
      'interface | scatter-gather | checksum offload | sendfile, splice',
      'call | when | errno',
      'number | where it comes from | what it does not say',
      'source | by | deviceReads',
      'beside | of | why',
      'what | `atomicReason`',
    ]
    const found = new Set(pages.flatMap((each) => each.tables()))
    expect([...found].sort()).toEqual([...prose, ...tested].sort())
  })

  test.each(pages.map((each) => [each.name, each]))('%s is at most 120 lines', (_name, { lines }) => {
    expect(lines).toBeLessThanOrEqual(120)
  })
})

describe('the diagrams', () => {
  const directory = join(root, 'docs', 'diagrams')
  const names = readdirSync(directory)
  const part = (name: string, tag: string) => {
    const text = readFileSync(join(directory, name), 'utf8')
    return new RegExp(`<${tag}[^>]*>(.*)</${tag}>`).exec(text)?.[1] as string
  }

  test('are what their table draws', async () => {
    const check = await ended([process.execPath, 'scripts/docs/diagrams.mjs', '--check'])
    expect(check).toMatchObject({ status: 0, stderr: '' })
  })

  test('stand on a page each, with their title as the text for who does not see them', () => {
    const images = pages.flatMap((each) => each.links()).filter(({ isImage }) => isImage)
    expect(images.map(({ text, target }) => [target, text]).sort()).toEqual(
      names.map((name) => [join(directory, name), part(name, 'title')]).sort(),
    )
  })

  test.each(names)('%s has as many CPU copies as it says, and as were measured', (name) => {
    const COUNTS: Record<string, number> = { no: 0, one: 1, two: 2 }
    const said = part(name, 'title').match(/\b(no|one|two)\b/g) ?? []
    const drawn = part(name, 'desc').match(/the CPU copies/g)?.length ?? 0
    expect(said.map((word) => COUNTS[word] as number).reduce((a, b) => a + b, 0)).toBe(drawn)
    const counts = countsOf(name.replace('.svg', ''))
    if (counts.length > 0) expect(counts).toContain(`${drawn}`)
  })

  test.each(names)('%s can be read by light and in the dark', (name) => {
    const [light, dark] = part(name, 'style').split('@media') as [string, string]
    for (const theme of [light, dark]) {
      const shade = (of: string) => new RegExp(`\\.${of}{fill:(#\\w{6})}`).exec(theme)?.[1] as string
      for (const ground of ['paper', 'band']) {
        const all = ['ink', 'cpu', 'dma', 'reference'].map((of) => contrast(shade(of), shade(ground)))
        expect(Math.min(...all)).toBeGreaterThan(4.5)
      }
    }
  })
})

/** WCAG 2.2, "contrast ratio". */
function contrast(a: string, b: string): number {
  const [low, high] = [a, b].map(luminance).sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

function luminance(shade: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(shade.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
