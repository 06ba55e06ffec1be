/** Debian's Chromium, and what is asked of a page that it shows. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { source as axe } from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { isRoot } from './skip'

export const CHROMIUM = '/usr/bin/chromium'

const looks = readFileSync(join(__dirname, 'bench-page-looks.js'), 'utf8')

export interface View {
  width: number
  scheme: 'light' | 'dark'
  media: 'screen' | 'print'
}

export const PHONE: View = { width: 360, scheme: 'light', media: 'screen' }
export const DESK: View = { width: 1280, scheme: 'light', media: 'screen' }

/** The answer of a question to `bench-page-looks.js`. */
export interface Shown {
  page: Page
  /** What the page asked the network for, and what it complained of. */
  noise: string[]
  ask: <T>(question: string) => Promise<T>
}

export function launch(): Promise<Browser> {
  // Root gets no sandbox in Chromium: it would refuse to start.
  return chromium.launch({ executablePath: CHROMIUM, args: isRoot ? ['--no-sandbox'] : [] })
}

/** Opens a document of its own, with every table that is folded up unfolded. */
export async function show(browser: Browser, markup: string, { width, scheme, media }: View): Promise<Shown> {
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: scheme })
  const noise: string[] = []
  page.on('console', (message) => noise.push(message.text()))
  page.on('pageerror', (error) => noise.push(error.message))
  // A file's own address would do as well, but a page that asks for /favicon.ico does it only over HTTP.
  await page.route('**/*', (route) => {
    const url = route.request().url()
    if (url === ADDRESS) return route.fulfill({ contentType: typeOf(markup), body: markup })
    noise.push(url)
    return route.abort()
  })
  await page.emulateMedia({ media })
  await page.goto(ADDRESS)
  await page.evaluate(looks)
  await page.evaluate('looks.unfold()')
  return { page, noise, ask: (question) => page.evaluate(`looks.${question}`) }
}

const ADDRESS = 'http://page.test/'

function typeOf(markup: string): string {
  return markup.startsWith('<svg') ? 'image/svg+xml; charset=utf-8' : 'text/html; charset=utf-8'
}

/** What axe-core has against the page, by all its rules. Most of its time goes into contrasts. */
export async function accessibilityOf({ page }: Shown, { contrast = true } = {}): Promise<string[]> {
  await page.evaluate(axe)
  const rules = { rules: { 'color-contrast': { enabled: contrast } } }
  const { violations } = await page.evaluate<{ violations: Violation[] }>(`axe.run(${JSON.stringify(rules)})`)
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

interface Violation {
  id: string
  nodes: { html: string }[]
}
