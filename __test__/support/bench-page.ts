/** The page of a benchmark as the program makes it: from the built bundle. */

import { join } from 'node:path'
import type { analysisSvg, reportPage } from '../../lib/bench-page'
import { root } from './child'

interface Pages {
  reportPage: typeof reportPage
  analysisSvg: typeof analysisSvg
}

export const BUNDLE = join(root, 'dist', 'lib', 'bench-page', 'index.js')

export const pages: Pages = require(BUNDLE)
