// What can be seen of a page, measured in the browser that shows it. Runs in there, as the global `looks`.

globalThis.looks = {
  unfold() {
    for (const details of document.querySelectorAll('details')) details.open = true
  },

  /** What makes the page itself scroll sideways. */
  widerThanPage() {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth > clientWidth ? [`${scrollWidth} px in ${clientWidth}`] : []
  },

  /** Words of charts, two by two, that lie on each other. */
  overlaps() {
    const words = [...document.querySelectorAll('svg text')].filter(isSeen).map(boxOf)
    return words.flatMap((a, i) =>
      words
        .slice(i + 1)
        .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        .map((b) => `${a.said} on ${b.said}`),
    )
  },

  /** Words of charts beyond their chart's sides, which the page or a neighbour might cut off. */
  outside() {
    return [...document.querySelectorAll('svg text')].filter(isSeen).flatMap((text) => {
      const { left, right, said } = boxOf(text)
      const own = text.closest('figure, article, svg').getBoundingClientRect()
      return left < own.left - 0.5 || right > own.right + 0.5 ? [said] : []
    })
  },

  /** The smallest words of the charts, in CSS pixels as they are seen. */
  smallest() {
    const sizes = [...document.querySelectorAll('svg text')]
      .filter(isSeen)
      .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)
    return sizes.length === 0 ? null : Math.min(...sizes)
  },

  /** Words with too little contrast. axe-core looks neither at charts nor at what is scrolled away. */
  faint() {
    return [...document.querySelectorAll('body *, text')]
      .filter(hasWords)
      .filter(isSeen)
      .flatMap((element) => {
        const { color, fill } = getComputedStyle(element)
        const ink = element.closest('text') === null ? color : fill
        const ratio = Math.min(...backgroundsOf(element).map((below) => contrast(ink, below)))
        return ratio < 4.5 ? [`${element.textContent}: ${ratio.toFixed(2)}`] : []
      })
  },

  /** How many charts are seen, and which of them say nothing to who sees none. */
  charts() {
    const seen = [...document.querySelectorAll('svg')].filter(
      (svg) => svg.parentElement?.closest('svg') == null && isSeen(svg),
    )
    const silent = seen.filter((svg) => {
      const described = document.getElementById(svg.getAttribute('aria-describedby') ?? '')
      return svg.getAttribute('role') !== 'img' || !svg.getAttribute('aria-label') || !described?.textContent
    })
    return { seen: seen.length, silent: silent.map((svg) => svg.outerHTML.slice(0, 200)) }
  },

  /** Charts without a table in the same figure, section or column. */
  withoutTable() {
    return [...document.querySelectorAll('figure')]
      .filter((figure) => (figure.closest('.beside') ?? figure).querySelector('table') === null)
      .map((figure) => figure.id)
  },

  /** The marks of each chart that is seen: where they stand on the screen, and what they stand for. */
  marks() {
    return [...document.querySelectorAll('svg.plot')].filter(isSeen).map((svg) => ({
      id: svg.closest('figure')?.id ?? null,
      marks: [...svg.querySelectorAll('path[data-at], circle[data-at]')].map((mark) => ({
        at: mark.getAttribute('data-at'),
        ...middleOf(mark),
      })),
    }))
  },

  /** Every number of the record that is told, in words and in charts. */
  numbers() {
    return [...document.querySelectorAll('data, tspan[data-at]')].map((element) => ({
      text: element.textContent,
      value: element.getAttribute('value'),
      at: element.getAttribute('data-at'),
      ratio: element.getAttribute('data-ratio'),
      slope: element.getAttribute('data-slope'),
      caption: element.closest('table')?.caption?.textContent ?? null,
    }))
  },

  /** Where in the record a number is said not to be. */
  none() {
    return [...document.querySelectorAll('.none')].map((element) => element.getAttribute('data-at'))
  },

  /** Cells with a number that says not where it comes from. */
  unfounded() {
    return [...document.querySelectorAll('tbody td, tbody th')].flatMap((cell) => {
      const copy = cell.cloneNode(true)
      for (const founded of copy.querySelectorAll('data, code')) founded.remove()
      // Of the names of system calls.
      const rest = copy.textContent.replace(/[a-z_]+\d+/g, '')
      return /\d/.test(rest) ? [`${cell.closest('table').caption.textContent}: ${cell.textContent}`] : []
    })
  },

  /** The path of a byte, strategy by strategy: the arrows that are numbered, and what the heading says. */
  paths() {
    return [...document.querySelectorAll('.path-of')].map((path) => ({
      at: path.getAttribute('data-copies'),
      heading: path.querySelector('.count').textContent,
      copies: [...path.querySelectorAll('.number')].map((number) => number.textContent),
      kinds: [...path.querySelectorAll('.step')].map((step) => step.classList[1]),
    }))
  },

  /** What scrolls by itself, and by how much. */
  scrolling() {
    return [...document.querySelectorAll('.scrolling')].filter(isSeen).map((region) => ({
      name: region.getAttribute('aria-label'),
      hidden: region.scrollWidth - region.clientWidth,
    }))
  },

  paper() {
    const rect = document.querySelector('.paper')
    return rect === null ? getComputedStyle(document.body).backgroundColor : getComputedStyle(rect).fill
  },
}

function isSeen(element) {
  const { width, height } = element.getBoundingClientRect()
  return width > 0 && height > 0 && element.checkVisibility()
}

/** A symbol is drawn around the origin that its transform sets; only a circle has a centre of its own. */
function middleOf(mark) {
  const { a, d, e, f } = mark.getScreenCTM()
  const [x, y] = [mark.getAttribute('cx') ?? 0, mark.getAttribute('cy') ?? 0]
  return { x: e + a * x, y: f + d * y }
}

/** Without the room above and below its letters that a line leaves. */
function boxOf(text) {
  const { left, right, top, bottom } = text.getBoundingClientRect()
  const blank = (bottom - top) * 0.12
  const chart = text.closest('svg[role=img]')?.getAttribute('aria-label') ?? ''
  return { left, right, top: top + blank, bottom: bottom - blank, said: `${chart}: ${text.textContent}` }
}

/** Of its own: not only in what it contains. */
function hasWords(element) {
  return [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')
}

/** What may be below these words: the nearest ground; in a chart also what it draws under some of its words. */
function backgroundsOf(element) {
  const badge = element.parentElement.querySelector('.badge')
  if (element.classList.contains('number')) return [getComputedStyle(badge).fill]
  const chart = element.closest('svg')
  const paper = document.querySelector('.paper')
  if (paper !== null) return [getComputedStyle(paper).fill]
  const band = chart?.querySelector('.user-space') ?? null
  const ground = groundOf(element)
  return band === null ? [ground] : [ground, getComputedStyle(band).fill]
}

function groundOf(element) {
  const { backgroundColor } = getComputedStyle(element)
  return backgroundColor === 'rgba(0, 0, 0, 0)' && element.parentElement !== null
    ? groundOf(element.parentElement)
    : backgroundColor
}

/** WCAG's contrast ratio. */
function contrast(a, b) {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(colour) {
  const [red, green, blue] = colour
    .match(/[\d.]+/g)
    .slice(0, 3)
    .map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
