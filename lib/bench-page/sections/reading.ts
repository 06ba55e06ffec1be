/** How to read the page, for who meets these words for the first time. */

import type { BenchmarkResult } from '../../benchmark-types'
import { type Html, html } from '../html'

export function reading({ command }: BenchmarkResult): Html {
  const terms: [string, string | Html][] = [
    [
      'Time',
      command === 'file'
        ? 'Of the moving loop alone: without opening, syncing and closing, as the original measured it. The table below has the whole call, too.'
        : 'Of the moving loop alone, as the original measured it: when it ends, the last bytes are with the kernel, not yet with the peer. When the peer had them is shown beside it.',
    ],
    [
      'Median and spread',
      'Of all runs of a row the one in the middle; eight of ten lie between p10 and p90. Two strategies whose spreads overlap are equally fast as far as this measurement can tell. Strategies took turns, so that whatever drifted hit all of them alike.',
    ],
    [
      'CPU time',
      'How long a CPU was busy with it. A strategy that waits for a disk or a peer takes long and little CPU; on a busy server the CPU is what runs out first.',
    ],
    [
      'CPU copy',
      html`A CPU reading each byte here and writing it there. <code>read</code> and <code>write</code> make two, because the bytes pass through the program. From file to file <code>sendfile</code> makes one, not zero: the new file needs pages of its own. To a card with scatter-gather it makes none: the card fetches the bytes from the page cache.`,
    ],
    [
      'System call',
      'A trip from the program into the kernel and back. Small buffers need many; that, more than copying, is what the falling lines show.',
    ],
    [
      'Context switch',
      'The CPU goes on with another thread: voluntarily while this one waits, involuntarily when its turn is over.',
    ],
    [
      'Page fault',
      'A page is touched that is not mapped. Minor: it was in memory. Major: it had to be read from the disk.',
    ],
    [
      'Hot and cold',
      'Hot: the source is in memory, and no disk is measured. Cold: it comes from the disk, which then is often slower than any strategy.',
    ],
  ]
  return html`<section id="reading"><h2>How to read this</h2>
<dl class="terms">${terms.map(([term, meaning]) => html`<div><dt>${term}</dt><dd>${meaning}</dd></div>`)}</dl>
<p>Ratios carry over to similar machines, times do not. One record says how things were on one day: measure again on the machine, the disk and the network that matter to you.</p>
<p class="sources">The experiment is that of the C repository “zero-copy” by Chen-Kuan-Chung. The calls are described in the Linux manual pages read(2), mmap(2), sendfile(2), copy_file_range(2), splice(2), ioctl_ficlonerange(2), getrusage(2) and clock_gettime(2).</p>
</section>`
}
