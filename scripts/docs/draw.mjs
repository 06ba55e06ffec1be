// One path as an SVG: lanes of the user, the kernel and the hardware, and an arrow for each step. Who makes a step is
// told by colour, by the arrow's line and by the mark on it, so that none of the three is needed.

const WIDTH = 600
const LANES = ['user', 'kernel', 'hardware']
const LANE = { height: 104, gap: 8 }
const BOX = { width: 140, height: 54 }
/** The middle of each column. */
const COLUMNS = [92, 300, 508]
const LEGEND = 40

/** Light, then dark. Text stands on `paper` and `band`: at least 4.5 to 1 on both. */
export const palette = {
  paper: ['#ffffff', '#0d1117'],
  band: ['#f2f4f7', '#1b212b'],
  ink: ['#1f2328', '#e6edf3'],
  cpu: ['#b3261e', '#ff9b8e'],
  dma: ['#0b57d0', '#85c1ff'],
  reference: ['#4f5863', '#b3bdc8'],
}

const kinds = {
  cpu: { line: 'stroke-width="4"', words: 'the CPU copies' },
  dma: { line: 'stroke-width="3" stroke-dasharray="12 6"', words: 'a device copies (DMA)' },
  reference: { line: 'stroke-width="3" stroke-dasharray="2 6" stroke-linecap="round"', words: 'a reference' },
}

export function drawn(path) {
  const lanes = LANES.filter((lane) => path.places.some((place) => place.lane === lane))
  const top = (lane) => 8 + lanes.indexOf(lane) * (LANE.height + LANE.gap)
  const height = top(lanes.at(-1)) + LANE.height + LEGEND
  const centre = ({ lane, column }) => ({ x: COLUMNS[column], y: top(lane) + LANE.height / 2 + 8 })
  const at = Object.fromEntries(path.places.map((place) => [place.id, centre(place)]))
  let copies = 0
  const number = ({ by }) => (by === 'cpu' ? ++copies : null)
  const arrows = path.steps.map((step) => arrow(step, at[step.from], at[step.to], number(step)))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${path.title}</title>
<desc id="desc">${inWords(path)}</desc>
<style>${style()}</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
${lanes.map((lane) => band(lane, top(lane))).join('\n')}
${path.places.map((place) => box(place, at[place.id])).join('\n')}
${arrows.map(({ line }) => line).join('\n')}
${arrows.map(({ words }) => words).join('\n')}
${legend(path, height - LEGEND / 2 + 2)}
</svg>
`
}

/** The same for who does not see it. */
export function inWords({ places, steps }) {
  const name = (id) => {
    const { label, detail } = places.find((place) => place.id === id)
    return detail === undefined ? label : `${label} (${detail})`
  }
  const sentences = steps.map(({ from, to, by, label }) => {
    const how = label === undefined ? '' : `, ${label}`
    return `From ${name(from)} to ${name(to)}: ${kinds[by].words}${how}.`
  })
  return sentences.join(' ')
}

function style() {
  const rules = (theme) =>
    Object.entries(palette)
      .map(([name, shades]) => `.${name}{fill:${shades[theme]}}.${name}-line{stroke:${shades[theme]}}`)
      .join('')
  return `text{font:15px system-ui,sans-serif}.small{font-size:13px}.halo{paint-order:stroke;stroke-width:5px;stroke-linejoin:round}${rules(0)}@media(prefers-color-scheme:dark){${rules(1)}}`
}

function band(lane, top) {
  return `<rect class="band" x="8" y="${top}" width="${WIDTH - 16}" height="${LANE.height}" rx="6"/>
<text class="ink small" x="16" y="${top + 17}">${lane}</text>`
}

function box({ label, detail }, { x, y }) {
  const rect = `<rect class="paper ink-line" x="${x - BOX.width / 2}" y="${y - BOX.height / 2}" width="${BOX.width}" height="${BOX.height}" rx="6" stroke-width="1.5"/>`
  const line = (text, size, dy) =>
    `<text class="ink${size}" x="${x}" y="${y + dy}" text-anchor="middle">${text}</text>`
  if (detail === undefined) return `${rect}${line(label, '', 5)}`
  return `${rect}${line(label, '', -4)}${line(detail, ' small', 16)}`
}

/** From the edge of one box to the edge of another; `copy` is the number on a CPU's. */
function arrow({ by, label }, from, to, copy) {
  const [a, b] = [edge(from, to, 3), edge(to, from, 12)]
  const [dx, dy] = [b.x - a.x, b.y - a.y]
  const length = Math.hypot(dx, dy)
  const turn = (Math.atan2(dy, dx) * 180) / Math.PI
  const tip = edge(to, from, 2)
  const line = `<line class="${by}-line" ${kinds[by].line} x1="${r(a.x)}" y1="${r(a.y)}" x2="${r(b.x)}" y2="${r(b.y)}"/>
<path class="${by}" d="M0 0L-13 7V-7Z" transform="translate(${r(tip.x)} ${r(tip.y)}) rotate(${r(turn)})"/>`
  const middle = { x: a.x + dx * 0.45, y: a.y + dy * 0.45 }
  const beside = besideOf(dx / length, dy / length)
  const text =
    label === undefined
      ? ''
      : `<text class="ink small halo band-line" x="${r(middle.x + beside.x)}" y="${r(middle.y + beside.y)}" text-anchor="${beside.anchor}">${label}</text>`
  return { line, words: mark(by, middle, copy) + text }
}

/** Where a label stands: above a level arrow, to the right of any other. */
function besideOf(dx, dy) {
  if (Math.abs(dy) < 0.2) return { x: 0, y: -16, anchor: 'middle' }
  if (Math.abs(dx) < 0.2) return { x: 14, y: 5, anchor: 'start' }
  return dx * dy > 0 ? { x: 16, y: -4, anchor: 'start' } : { x: -16, y: -4, anchor: 'end' }
}

function mark(by, { x, y }, copy) {
  if (by === 'cpu') {
    return `<circle class="cpu" cx="${r(x)}" cy="${r(y)}" r="11"/><text class="paper" font-weight="bold" x="${r(x)}" y="${r(y + 5)}" text-anchor="middle">${copy ?? ''}</text>`
  }
  if (by === 'dma')
    return `<path class="dma" d="M0 -9L9 0L0 9L-9 0Z" transform="translate(${r(x)} ${r(y)})"/>`
  return `<circle class="band reference-line" stroke-width="2.5" cx="${r(x)}" cy="${r(y)}" r="6"/>`
}

/** Where the line from the middle of one box to that of another leaves it, and `gap` further. */
function edge(from, to, gap) {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const scale = Math.min(BOX.width / 2 / Math.abs(dx || 1e-9), BOX.height / 2 / Math.abs(dy || 1e-9))
  const share = scale + gap / Math.hypot(dx, dy)
  return { x: from.x + dx * share, y: from.y + dy * share }
}

function legend({ steps }, y) {
  let x = 16
  const used = Object.keys(kinds).filter((kind) => steps.some(({ by }) => by === kind))
  return used
    .map((kind) => {
      const at = x
      x += 64 + kinds[kind].words.length * 7.5
      return `<line class="${kind}-line" ${kinds[kind].line} x1="${at}" y1="${y}" x2="${at + 40}" y2="${y}"/>${mark(kind, { x: at + 20, y }, null)}<text class="ink small" x="${at + 48}" y="${y + 4}">${kinds[kind].words}</text>`
    })
    .join('\n')
}

const r = (value) => Math.round(value * 10) / 10
