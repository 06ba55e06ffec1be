const names = [
  'read_write',
  'mmap_write',
  'sendfile',
  'copy_file_range',
  'splice',
  'reflink',
  'direct',
  'stream',
] as const

/**
 * A way of moving a file's bytes.
 *
 * - `read_write`: `pread64` and `pwrite64` through a user buffer; two CPU copies, works everywhere.
 * - `mmap_write`: `pwrite64` from a mapping of the source; one copy. Never chosen by `auto`.
 * - `sendfile`: inside the kernel, page by page; one copy from file to file.
 * - `copy_file_range`: inside the kernel or by the file system; one copy, or none where extents are shared.
 * - `splice`: through a pipe in the kernel; one copy from file to file.
 * - `reflink`: shares the source's extents (xfs, btrfs, bcachefs); no byte is moved.
 * - `direct`: `pread64` through the page cache, `pwrite64` past it (O_DIRECT), several at once; one copy. `auto` uses it for
 *   durable copies from 16 MiB on, on ext4 and xfs.
 * - `stream`: JavaScript streams and `fs`, where no native way can run (TLS, no binding); two copies or more.
 *   Its reports count the calls that this package makes itself, and time and faults of the whole process.
 *
 * @see read(2), open(2), mmap(2), sendfile(2), copy_file_range(2), splice(2), ioctl_ficlonerange(2)
 */
export type Strategy = (typeof names)[number]

/**
 * All the strategies that this version knows. Whether one works on this machine says {@link probe}.
 *
 * The index in this list is the number that the binding uses; a test holds it to the core's own table, which
 * has all but the last: `stream` is this side's.
 */
export const strategies: readonly Strategy[] = Object.freeze(names)
