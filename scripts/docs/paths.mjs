// The paths that a byte takes: the one table from which the diagrams of docs/ are drawn.
//
// A place lies in a lane (`user`, `kernel`, `hardware`) and a column (0 to 2). A step is made by `cpu` (it copies the
// byte), by `dma` (a device does, the CPU does not touch it) or is a `reference` (nobody moves the byte: a pointer to
// its page or block is handed over). The number of `cpu` steps is the number of CPU copies that the docs state.

const sourceDisk = { id: 'disk', lane: 'hardware', column: 0, label: 'disk' }
const sourceCache = { id: 'cache', lane: 'kernel', column: 0, label: 'page cache', detail: 'of the source' }
const copyCache = { id: 'copy', lane: 'kernel', column: 2, label: 'page cache', detail: 'of the copy' }
const copyDisk = { id: 'copy disk', lane: 'hardware', column: 2, label: 'disk' }
const buffer = { id: 'buffer', lane: 'user', column: 1, label: 'buffer', detail: 'of the program' }
const pipe = { id: 'pipe', lane: 'kernel', column: 1, label: 'pipe', detail: 'references' }
const socket = { id: 'socket', lane: 'kernel', column: 2, label: 'socket buffer' }
const references = { ...socket, detail: 'references' }
const card = { id: 'card', lane: 'hardware', column: 2, label: 'network card' }
const sourceCard = { id: 'source card', lane: 'hardware', column: 0, label: 'network card' }
const received = { id: 'received', lane: 'kernel', column: 0, label: 'socket buffer', detail: 'received' }

const read = { from: 'disk', to: 'cache', by: 'dma', label: 'if cold' }
const writeback = { from: 'copy', to: 'copy disk', by: 'dma', label: 'later' }
const transmit = { from: 'socket', to: 'card', by: 'dma' }
const arrive = { from: 'source card', to: 'received', by: 'dma' }

export const paths = [
  {
    name: 'read_write',
    title: 'read_write, file to file: two CPU copies',
    places: [sourceDisk, sourceCache, buffer, copyCache, copyDisk],
    steps: [
      read,
      { from: 'cache', to: 'buffer', by: 'cpu', label: 'pread64' },
      { from: 'buffer', to: 'copy', by: 'cpu', label: 'pwrite64' },
      writeback,
    ],
  },
  {
    name: 'read_write-socket',
    title: 'read_write, file to socket: two CPU copies',
    places: [sourceDisk, sourceCache, buffer, socket, card],
    steps: [
      read,
      { from: 'cache', to: 'buffer', by: 'cpu', label: 'pread64' },
      { from: 'buffer', to: 'socket', by: 'cpu', label: 'sendto' },
      transmit,
    ],
  },
  {
    name: 'mmap_write',
    title: 'mmap_write, file to file: one CPU copy',
    places: [
      sourceDisk,
      sourceCache,
      { id: 'mapping', lane: 'user', column: 0, label: 'mapping', detail: 'page table entries' },
      copyCache,
      copyDisk,
    ],
    steps: [
      read,
      { from: 'cache', to: 'mapping', by: 'reference', label: 'mmap' },
      { from: 'cache', to: 'copy', by: 'cpu', label: 'pwrite64' },
      writeback,
    ],
  },
  {
    name: 'sendfile',
    title: 'sendfile, file to file: one CPU copy',
    places: [sourceDisk, sourceCache, copyCache, copyDisk],
    steps: [read, { from: 'cache', to: 'copy', by: 'cpu', label: 'sendfile' }, writeback],
  },
  {
    name: 'sendfile-gather',
    title: 'sendfile to a card with scatter-gather: no CPU copy',
    places: [sourceDisk, sourceCache, references, card],
    steps: [
      read,
      { from: 'cache', to: 'socket', by: 'reference', label: 'sendfile' },
      { from: 'cache', to: 'card', by: 'dma', label: 'the card gathers' },
    ],
  },
  {
    name: 'sendfile-linear',
    title: 'sendfile to a card without scatter-gather: one CPU copy',
    places: [sourceDisk, sourceCache, { ...socket, detail: 'one piece a packet' }, card],
    steps: [read, { from: 'cache', to: 'socket', by: 'cpu', label: 'sendfile' }, transmit],
  },
  {
    name: 'copy_file_range',
    title: 'copy_file_range where extents are not shared: one CPU copy',
    places: [sourceDisk, sourceCache, copyCache, copyDisk],
    steps: [read, { from: 'cache', to: 'copy', by: 'cpu', label: 'copy_file_range' }, writeback],
  },
  {
    name: 'splice',
    title: 'splice, file to file through a pipe: one CPU copy',
    places: [sourceDisk, sourceCache, pipe, copyCache, copyDisk],
    steps: [
      read,
      { from: 'cache', to: 'pipe', by: 'reference', label: 'splice' },
      { from: 'pipe', to: 'copy', by: 'cpu', label: 'splice' },
      writeback,
    ],
  },
  {
    name: 'reflink',
    title: 'reflink: no CPU copy, both files refer to the same blocks',
    places: [
      { id: 'source', lane: 'kernel', column: 0, label: 'source', detail: 'its extent list' },
      { id: 'clone', lane: 'kernel', column: 2, label: 'copy', detail: 'its extent list' },
      { id: 'blocks', lane: 'hardware', column: 1, label: 'disk', detail: 'the same blocks' },
    ],
    steps: [
      { from: 'source', to: 'blocks', by: 'reference' },
      { from: 'clone', to: 'blocks', by: 'reference', label: 'FICLONE' },
    ],
  },
  {
    name: 'direct',
    title: 'direct: one CPU copy, and none into the page cache of the copy',
    places: [sourceDisk, sourceCache, buffer, copyDisk],
    steps: [
      read,
      { from: 'cache', to: 'buffer', by: 'cpu', label: 'read' },
      { from: 'buffer', to: 'copy disk', by: 'dma', label: 'write, O_DIRECT' },
    ],
  },
  {
    name: 'stream',
    title: 'stream, file to socket through JavaScript: two CPU copies',
    places: [sourceDisk, sourceCache, { ...buffer, label: 'Buffer', detail: 'of JavaScript' }, socket, card],
    steps: [
      read,
      { from: 'cache', to: 'buffer', by: 'cpu', label: 'pread64' },
      { from: 'buffer', to: 'socket', by: 'cpu', label: 'socket.write' },
      transmit,
    ],
  },
  {
    name: 'loopback',
    title: 'sendfile over loopback: no CPU copy at the sender, one at the receiver',
    places: [
      sourceDisk,
      sourceCache,
      { id: 'socket', lane: 'kernel', column: 1, label: 'both sockets', detail: 'references' },
      { id: 'reader', lane: 'user', column: 2, label: 'buffer', detail: 'of the receiver' },
    ],
    steps: [
      read,
      { from: 'cache', to: 'socket', by: 'reference', label: 'sendfile' },
      { from: 'socket', to: 'reader', by: 'cpu', label: 'read' },
    ],
  },
  {
    name: 'receive',
    title: 'receive by splice, socket to file: one CPU copy',
    places: [sourceCard, received, pipe, copyCache, copyDisk],
    steps: [
      arrive,
      { from: 'received', to: 'pipe', by: 'reference', label: 'splice' },
      { from: 'pipe', to: 'copy', by: 'cpu', label: 'splice' },
      writeback,
    ],
  },
  {
    name: 'relay',
    title: 'relay by splice, socket to socket: no CPU copy',
    places: [sourceCard, received, pipe, references, card],
    steps: [
      arrive,
      { from: 'received', to: 'pipe', by: 'reference', label: 'splice' },
      { from: 'pipe', to: 'socket', by: 'reference', label: 'splice' },
      { from: 'received', to: 'card', by: 'dma', label: 'the card gathers' },
    ],
  },
]
