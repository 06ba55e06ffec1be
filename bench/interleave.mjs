// Takes the sides in turn: ABC, BCA, CAB, ... So whatever else the machine does meets all of them alike, and none is
// always the first after a pause.

/**
 * `sides`: functions by name, each answering what it measured (numbers by name). Answers, for each side, what it measured
 * in each round, without the warm-up.
 */
export async function interleave(title, sides, { rounds, warmUps = 1 }) {
  const names = Object.keys(sides)
  const measured = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < warmUps + rounds; round++) {
    tell(`${title}: round ${Math.max(0, round - warmUps + 1)} of ${rounds}`)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]
      const result = await sides[name]()
      if (round >= warmUps) measured[name].push(result)
    }
  }
  tell('')
  return measured
}

function tell(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}
