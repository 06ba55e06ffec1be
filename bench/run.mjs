// Measures one table: ours against its peers, side by side, in one run. README.md says what each table means.
//
//     node bench/run.mjs TABLE [--rounds N] [--where DIR] [--records DIR]

import { join } from 'node:path'
import { asked } from './arguments.mjs'
import { environment } from './environment.mjs'
import { isInside, makePlaces, runInside } from './mounts.mjs'
import { print } from './print.mjs'
import { save } from './record.mjs'

process.chdir(join(import.meta.dirname, '..'))
const options = asked(process.argv.slice(2))
if (options === null) process.exitCode = 2
else process.exitCode = isInside() ? await measure(options) : await runInside(options)

async function measure({ name, rounds, where, records }) {
  const table = await import(`./tables/${name}.mjs`)
  const places = await makePlaces(where === null ? table.places : ['where'])
  const about = environment(places, table.network)
  const rows = await table.measure({ places, rounds: rounds ?? table.rounds })
  print(rows, about.warnings)
  console.log(`record: ${save(records, { table: name, about, rows })}`)
  return 0
}
