/** Where the docs are put to the test: the runner's file systems, by the names that the tables use. */

import { join } from 'node:path'
import { mountOf, scratch } from './support/place'
import { skip } from './support/skip'

const MOUNTS = ['ext4', 'ext4b', 'xfs', 'xfs-noreflink', 'btrfs', 'tmpfs']

export const places = new Map(
  MOUNTS.flatMap((name) => {
    const mount = mountOf(name)
    return mount === null ? [] : [[name, scratch('docs', mount)]]
  }),
)

export const at = (place: string, name: string) => join(places.get(place) as string, name)

export function withMounts(name: string, run: () => void): void {
  if (places.size === MOUNTS.length) return void describe(name, run)
  skip(`docs: ${name}`, "it needs the runner's mounts")
  test(`${name}: skipped`, () => {})
}
