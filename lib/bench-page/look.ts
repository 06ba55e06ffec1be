/**
 * How a strategy looks, in every chart: a colour, and for those who see none a marker and a dash.
 * Every colour has a contrast of 4.5 and more with its background, so that words can wear it too.
 */

import type { Name } from './rows'

interface Look {
  light: string
  dark: string
  symbol: string
  dash: string | undefined
}

export const LOOKS: Record<string, Look> = {
  read_write: { light: '#b23a1e', dark: '#f58f6c', symbol: 'circle', dash: undefined },
  mmap_write: { light: '#7d5a00', dark: '#e0b341', symbol: 'square', dash: '7 3' },
  sendfile: { light: '#1b5aa8', dark: '#82b4f2', symbol: 'triangle', dash: '2 3' },
  copy_file_range: { light: '#0a6a5c', dark: '#55c9b4', symbol: 'diamond', dash: '9 3 2 3' },
  splice: { light: '#6a3fa6', dark: '#bb9cf0', symbol: 'star', dash: '4 2' },
  reflink: { light: '#36671a', dark: '#98cc74', symbol: 'hexagon', dash: '1 3' },
  direct: { light: '#9c2467', dark: '#f08fc0', symbol: 'wye', dash: '12 3' },
  stream: { light: '#4a5864', dark: '#a9b8c4', symbol: 'cross', dash: '3 3 8 3' },
  auto: { light: '#1d1b18', dark: '#f2efe8', symbol: 'times', dash: '14 2 2 2' },
}
const STRANGER: Look = { light: '#4d4a44', dark: '#bdb8ac', symbol: 'asterisk', dash: '5 5' }

export function lookOf(name: Name): Look {
  return LOOKS[name] ?? STRANGER
}

/** Gives what is drawn in `currentColor` the strategy's. */
export function classOf(name: Name): string {
  return name in LOOKS ? `s-${name}` : 's-other'
}

/** Rules for a chart wherever it stands; print is always light. */
export function lookRules(): string {
  const all = { ...LOOKS, other: STRANGER }
  const rules = (shade: 'light' | 'dark') =>
    Object.entries(all)
      .map(([name, look]) => `.s-${name}{color:${look[shade]}}`)
      .join('')
  return `${rules('light')}@media screen and (prefers-color-scheme:dark){${rules('dark')}}`
}
