// The figures that README.md shows: which rows of which tables, and in which words.

export const headlines = [
  {
    ...{ table: 'experiment', work: '10 MB, buffer 32', metric: 'moving loop', place: 'ext4' },
    say: {
      work: "the original's experiment: 10 MB, `auto`",
      against: '`read_write`, 32 bytes',
      what: 'its speed',
    },
  },
  {
    ...{ table: 'experiment', work: '10 MB, buffer 512', metric: 'moving loop', place: 'ext4' },
    say: { work: 'the same', against: '`read_write`, 512 bytes', what: 'its speed' },
  },
  {
    ...{ table: 'small', work: '4 KiB', metric: 'time a copy', place: 'ext4' },
    say: {
      work: '4 KiB to a new name on ext4, from Node',
      against: '`fs.promises.copyFile`',
      what: 'its time',
    },
  },
  {
    ...{ table: 'send-node', work: '16 x 1 MiB, repeated', metric: 'CPU of the server', place: 'loopback' },
    say: {
      work: '`sendFile`, 1 MiB to each of 16 connections',
      against: '`stream.pipeline(createReadStream(…), socket)`',
      what: 'its CPU',
    },
  },
  {
    ...{ table: 'send-node', work: '16 x 1 MiB, repeated', metric: 'time', place: 'loopback' },
    say: { work: 'the same', against: 'the same', what: 'its throughput' },
  },
  {
    ...{ table: 'relay', work: '16 pairs, both ways', metric: 'CPU of the server', place: 'loopback' },
    say: { work: '`relay` of 16 pairs, both ways', against: '`a.pipe(b); b.pipe(a)`', what: 'its CPU' },
  },
  {
    ...{ table: 'relay', work: '16 pairs, both ways', metric: 'time', place: 'loopback' },
    say: { work: 'the same', against: 'the same', what: 'its throughput' },
  },
  {
    ...{ table: 'report', work: 'receipt, core', metric: 'engine included', place: 'tmpfs' },
    say: { work: 'the receipt of a copy', against: 'the system calls alone', what: 'more, in the core' },
  },
  {
    ...{ table: 'slow', work: '2,000 slow clients', metric: 'resident, each', place: 'loopback' },
    say: {
      work: '`sendFile` to 2,000 slow clients',
      against: 'a server that waits for them',
      what: 'more memory, each',
    },
  },
  {
    ...{ table: 'receive', work: '512 MiB, veth', metric: 'CPU of the receiver', place: 'ext4' },
    say: { work: '512 MiB received into a file, from Rust', against: '`read_write`', what: 'its CPU' },
  },
]
