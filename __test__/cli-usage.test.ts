import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strategies } from '../index'
import { version } from '../package.json'
import { runProgram } from './cli-program'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-cli-usage-'))
writeFileSync(join(dir, 'a'), 'a')
afterAll(() => rmSync(dir, { recursive: true }))
const run = (...args: string[]) => runProgram(args, { cwd: dir })

describe.each([[[]], [['copy']], [['send']], [['receive']], [['bench']], [['probe']]])(
  'zero-copy-rs %p',
  (command) => {
    test('says its usage with -h and --help', async () => {
      const [short, long] = await Promise.all([run(...command, '-h'), run(...command, '--help')])
      expect(short).toMatchObject({ status: 0, signal: null, stderr: '' })
      expect(short.stdout).toMatch(new RegExp(`^Usage: ${['zero-copy-rs', ...command].join(' ')} `))
      expect(long).toEqual(short)
    })

    test('says its version', async () => {
      expect(await run(...command, '--version')).toMatchObject({
        status: 0,
        stdout: `${version}\n`,
        stderr: '',
      })
    })
  },
)

test('the help of copy names every mode', async () => {
  const { stdout } = await run('copy', '-h')
  for (const mode of ['1', '2', '3', 'auto', ...strategies]) expect(stdout).toContain(mode)
})

describe('wrong usage is one line that names the value and what was expected, then the usage:', () => {
  const modes = ['1', '2', '3', 'auto', ...strategies].join(', ')
  test.each<[string[], string]>([
    [[], 'missing command: expected copy, send, receive, bench or probe'],
    [['sent'], "unknown command 'sent': expected copy, send, receive, bench or probe"],
    [['--what'], "unknown option '--what'"],
    [['copy'], "missing required argument 'source'"],
    [['copy', 'a'], "missing required argument 'destination'"],
    [['copy', 'a', 'b', 'c', 'd'], "unexpected argument 'c': copy takes <source> <destination>"],
    [['copy', 'a', 'b', '--what'], "unknown option '--what'"],
    [
      ['copy', 'a', 'b', '-m', '4'],
      `option '-m, --mode <MODE>' argument '4' is invalid. Expected one of ${modes}.`,
    ],
    [['copy', 'a', 'b', '-m', 'toString'], "argument 'toString' is invalid."],
    [['copy', 'a', 'b', '-m'], "option '-m, --mode <MODE>' argument missing"],
    [['copy', 'a', 'b', '-b', '12Q'], "argument '12Q' is invalid. Expected a size: "],
    [['copy', 'a', 'b', '-b', '-1'], "argument '-1' is invalid. Expected a size: "],
    [['copy', 'a', 'b', '-b', '0'], "argument '0' is invalid. Expected at least 1 byte."],
    [['copy', 'a', 'b', '--offset', 'x\ny'], "argument 'x\\ny' is invalid. Expected a size: "],
    [['copy', 'a', 'b', '--length', '8388608G'], 'Expected at most 2^53 - 1 bytes.'],
    [
      ['copy', 'a', 'b', '--reflink', 'maybe'],
      "argument 'maybe' is invalid. Allowed choices are auto, always, never.",
    ],
    [
      ['copy', 'a', 'b', '--reflink', 'always', '-m', '3'],
      '--reflink always: expected -m auto or reflink, not sendfile',
    ],
    [
      ['copy', 'a', 'b', '--sparse', 'no'],
      "argument 'no' is invalid. Allowed choices are auto, always, never.",
    ],
    [
      ['copy', 'a', 'b', '--atomic', 'yes'],
      "argument 'yes' is invalid. Allowed choices are auto, always, never.",
    ],
    [
      ['copy', 'a', 'b', '--preserve', 'mode'],
      'Expected all, or some of timestamps, ownership, xattrs, with commas',
    ],
    [['receive', '--atomic', 'x'], "argument 'x' is invalid. Allowed choices are auto, always, never."],
    [['probe', 'a', 'b'], "unexpected argument 'b': probe takes [PATH]"],
    [
      ['probe', 'no.such.invalid'],
      "'no.such.invalid' is no path here, and no host that is known: expected a name",
    ],
    [['probe', ''], "'' is no path here, and no host"],
    [['probe', 'a b'], "'a b' is no path here, and no host"],
    [['probe', '--host', ''], 'Expected an IPv4 or IPv6 address, or a name.'],
    [['probe', '--host', '[a]:80'], 'Expected an IPv4 or IPv6 address, or a name.'],
    [['probe', '--host', 'a:x'], 'Expected a port: '],
    [['probe', 'a', '--host', 'b'], "expected a path or --host, not both: 'a'"],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await run(...args)
    const [line, usage] = stderr.split('\n')
    expect(line).toMatch(/^zero-copy-rs: /)
    expect(line).toContain(message)
    const command = ['copy', 'receive', 'probe'].find((name) => name === args[0])
    expect(usage).toMatch(
      new RegExp(`^Usage: zero-copy-rs ${command ?? '<copy\\|send\\|receive\\|bench\\|probe>'}`),
    )
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(existsSync(join(dir, 'b'))).toBe(false)
  })

  test('with --json it is a document too', async () => {
    const { status, stdout, stderr } = await run('copy', '--json', 'a')
    expect(stderr).toMatch(/^zero-copy-rs: missing required argument 'destination'\nUsage: /)
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'ERR_INVALID_ARG_VALUE',
        message: "missing required argument 'destination'",
        errno: null,
        syscall: null,
        call: null,
        path: null,
        dest: null,
        strategy: null,
        bytes: null,
        attempts: [],
      },
    })
    expect(status).toBe(2)
  })
})

test('what is after -- is a name', async () => {
  const { status, stdout, stderr } = await run('copy', '--', '--json', 'b')
  expect(stderr).toBe("zero-copy-rs: ENOENT: no such file or directory, copyfile '--json' -> 'b'\n")
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
})
