/** A network of our own, for root. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { PROGRAM, type Running, start } from '../cli-program'
import { isInstalled, isRoot, mounts, skip } from './skip'

export type Side = 'left' | 'right'

/** Two network namespaces with a cable between them; they are gone with the processes that hold them. */
export class Namespaces {
  private constructor(
    private readonly left: ChildProcess,
    private readonly right: ChildProcess,
  ) {}

  static async connected(): Promise<Namespaces> {
    const [left, right] = await Promise.all([holder(), holder()])
    const both = new Namespaces(left, right)
    both.shell('left', `ip link add cable type veth peer name cable netns ${right.pid}`)
    for (const [side, last] of [
      ['left', 1],
      ['right', 2],
    ] as const) {
      both.shell(
        side,
        `ip address add 10.77.0.${last}/24 dev cable
        ip address add fd77::${last}/64 dev cable nodad
        ip address add fe80::77:${last}/64 dev cable nodad
        ip link set lo up
        ip link set cable up`,
      )
    }
    return both
  }

  /** Our program, on that side. */
  run(side: Side, args: string[], cwd: string): Running {
    return start('nsenter', [...this.entering(side), process.execPath, PROGRAM, ...args], { cwd })
  }

  shell(side: Side, line: string): void {
    execFileSync('nsenter', [...this.entering(side), 'sh', '-ec', line])
  }

  private entering(side: Side): string[] {
    return ['-t', `${this[side].pid}`, '-n']
  }

  close(): void {
    this.left.kill()
    this.right.kill()
  }
}

/** It says so when it is in a namespace of its own, and stays until it is told to go. */
async function holder(): Promise<ChildProcess> {
  const child = spawn('unshare', ['-n', 'sh', '-c', 'echo; exec cat'])
  child.once('error', () => {})
  await once(child.stdout, 'data')
  return child
}

const PROGRAMS = ['ip', 'tc', 'ethtool', 'nsenter', 'unshare']

/** Whether there can be one. If not, it is said; but the runner's second user says nothing: root ran it before. */
export function canHaveNamespaces(test: string): boolean {
  const missing = PROGRAMS.filter((program) => !isInstalled(program))
  if (isRoot && missing.length === 0) return true
  const why = isRoot ? `${missing.join(', ')} not installed` : 'only root can make what it needs'
  if (isRoot || mounts === undefined) skip(test, why)
  return false
}
