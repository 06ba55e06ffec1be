/**
 * What `bench --out` writes beside result.json: the page, and the original's plot. Both are whole in themselves: no
 * script, no font, no request. Loaded only when asked for, from a bundle of its own: scripts/bundle-page.mjs.
 */

export { reportPage } from './page'
export { analysisSvg } from './plot-file'
