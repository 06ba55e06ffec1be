// Between what is measured: two hosts of our own, that is, network namespaces, each with a loopback, and a virtual
// Ethernet wire between them. They are there as long as somebody is in them: a process each, which ends with us.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'

const WIRE = 'wire'
/**
 * Every kernel has it, and it sends when there is room. (A host's default may be BBR, which paces: a timer a packet, which
 * in a virtual machine costs more than copying the packet.)
 */
const CONGESTION_CONTROL = 'reno'

/** What a record says of it. */
export const network = { congestionControl: CONGESTION_CONTROL, wire: 'veth, MTU 1500, scatter-gather' }

const LAST = { near: 1, far: 2 }

/** The wire's devices gather scattered pages, so that nobody has to copy them into one piece. */
export async function makeNetwork() {
  const [near, far] = await Promise.all([holder(), holder()])
  const hosts = { near, far }
  inside(near, 'ip', 'link', 'add', WIRE, 'type', 'veth', 'peer', 'name', WIRE, 'netns', String(far.pid))
  for (const [name, host] of Object.entries(hosts)) {
    inside(host, 'ip', 'address', 'add', `${wireAddress(name)}/24`, 'dev', WIRE)
    for (const device of ['lo', WIRE]) inside(host, 'ip', 'link', 'set', device, 'up')
    inside(host, 'sysctl', '--quiet', `net.ipv4.tcp_congestion_control=${CONGESTION_CONTROL}`)
    inside(host, 'ethtool', '-K', WIRE, 'sg', 'on')
  }
  return {
    /** The words before a command that is to run on that host. */
    on: (name) => ['nsenter', `--net=/proc/${hosts[name].pid}/ns/net`],
    close: () => Object.values(hosts).forEach((host) => void host.stdin.end()),
  }
}

/**
 * Where the two ends of a connection are: both on one host, or on either side of the wire. `address`: of the one that
 * listens, who is on `far`.
 */
export const paths = {
  loopback: { near: 'near', far: 'near', address: '127.0.0.1' },
  veth: { near: 'near', far: 'far', address: wireAddress('far') },
}

function wireAddress(name) {
  return `10.90.0.${LAST[name]}`
}

/** Says so when it is in a namespace of its own, and stays until its standard input ends, at the latest with us. */
async function holder() {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'echo; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

function inside({ pid }, ...words) {
  execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, ...words])
}
