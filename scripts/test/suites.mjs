// The suites, one after the other, each with its timeout.

import { cargoTest, cargoTestAsNobody } from './cargo.mjs'
import { jestAsNobody, jestHere, jestOn } from './jest.mjs'

/**
 * `mounts`: the directory of the fresh file systems, or null; `secondUser`: null where we can't become another user;
 * `scratch`: a directory that every user may write; `nodes`: the other Nodes. `report` gets each result at once.
 */
export async function runSuites({ mounts, secondUser, scratch, nodes, long }, report) {
  const minutes = (count) => count * 60_000 * (long ? 5 : 1)
  const env = {
    // Colours would hide the lines that are counted.
    CARGO_TERM_COLOR: 'never',
    ...(mounts !== null && { ZERO_COPY_RS_TEST_MOUNTS: mounts }),
    ...(long && { ZERO_COPY_RS_TEST_LONG: '1' }),
  }
  const options = { env, scratch, secondUser }

  await suite('rust', async () => report(await cargoTest({ ...options, timeoutMs: minutes(8) })))
  await suite('jest', async () => report(await jestHere({ ...options, timeoutMs: minutes(5) })))
  for (const node of nodes) {
    await suite(`jest on ${node.name}`, async () =>
      report(await jestOn(node, { ...options, timeoutMs: minutes(4) })))
  }
  if (secondUser === null)
    return report({ skips: ['suites as a second user: they run from the private mounts, which are missing'] })
  await suite('rust as nobody', () => cargoTestAsNobody({ ...options, timeoutMs: minutes(3) }, report))
  await suite('jest as nobody', async () => report(await jestAsNobody({ ...options, timeoutMs: minutes(2) })))

  async function suite(name, run) {
    console.log(`\n== ${name}`)
    const started = performance.now()
    try {
      await run()
    } catch (error) {
      report({ failures: [`${name}: ${error.message}`] })
    }
    console.log(`== ${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
  }
}
