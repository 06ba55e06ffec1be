import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { probe, strategies } from '../index'
import { runProgram, runShell, startOnTerminal } from './cli-program'

const dir = mkdtempSync(join(tmpdir(), 'zero-copy-rs-cli-probe-'))
writeFileSync(join(dir, 'file'), '')
symlinkSync('nowhere', join(dir, 'dangling'))
afterAll(() => rmSync(dir, { recursive: true }))

const run = (...args: string[]) => runProgram(['probe', ...args], { cwd: dir })

describe('the table', () => {
  test('has a row for each strategy, then what is known of the path', async () => {
    const { status, stdout, stderr } = await run('file')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const cells = stdout.split('\n').map((line) => line.split('│').map((cell) => cell.trim()))
    expect(cells[1]).toEqual(['', 'strategy', 'available', 'CPU copies', 'why', ''])
    const { strategies: all, path, kernel } = await probe(join(dir, 'file'))
    for (const name of strategies) {
      const { available, cpuCopies } = all[name]
      const row = cells.find((each) => each[1] === name)
      expect(row?.slice(2, 4)).toEqual([available, `${cpuCopies.count ?? 'unknown'}`])
      expect(row?.[4]).not.toBe('')
    }
    const said = (value: boolean | null | undefined) => (value === null ? 'unknown' : value ? 'yes' : 'no')
    expect(stdout.split('\n').slice(-6)).toEqual([
      `kernel       linux ${kernel}`,
      `file system  ${path?.fileSystem}`,
      `device       ${path?.device}`,
      `reflink      ${said(path?.reflink)}`,
      `holes        ${said(path?.holes)}`,
      '',
    ])
  })

  test('of no path says nothing of one', async () => {
    const { status, stdout } = await run()
    expect(status).toBe(0)
    expect(stdout).toMatch(/\nkernel {2}linux \S+\n$/)
  })

  test('has neither colours nor lines longer than a page when it is piped', async () => {
    const { stdout } = await run('.')
    expect(stdout).not.toContain('\x1b')
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
  })

  test('fits the terminal, and has no colours there either', async () => {
    const line = 'stty cols 80; exec "$node" "$program" probe .'
    const { status, stdout } = await startOnTerminal(line, { cwd: dir }).ended()
    expect(status).toBe(0)
    expect(stdout).not.toContain('\x1b')
    const widths = stdout.split('\r\n').map((each) => each.length)
    expect(Math.max(...widths)).toBe(80)
  })
})

test('--json is what probe() answers', async () => {
  const { status, stdout, stderr } = await run('--json', '.')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(JSON.parse(stdout)).toEqual(await probe(dir))
})

describe('a path', () => {
  test.each(['./nope', 'dangling'])('that leads nowhere, %s, is the failure of the kernel', async (path) => {
    const { status, stdout, stderr } = await run(path)
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(`zero-copy-rs: ENOENT: no such file or directory, probe '${path}'\n`)
  })

  test('that leads nowhere is a document with --json', async () => {
    const { status, stdout } = await run('./nope', '--json')
    expect(status).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ENOENT', errno: -2, path: './nope' } })
  })

  test('may be no UTF-8', async () => {
    const line = `name=$(printf 'x\\377'); : >"$name"; "$node" "$program" probe "$name" --json`
    const { status, stdout, stderr } = await runShell(line, { cwd: dir })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout).path).toEqual((await probe(dir)).path)
  })
})

test('without a binding it fails', async () => {
  const ended = await runProgram(['probe'], { cwd: dir, env: { ZERO_COPY_RS_NATIVE: '0' } })
  expect(ended).toMatchObject({ status: 1, stdout: '' })
  expect(ended.stderr).toMatch(/^zero-copy-rs: ERR_STRATEGY_UNAVAILABLE: .*\n$/)
})
